"""The people who may look and change, by their keys and sessions; what came from each source over time."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "staff",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("hint", sa.String(length=8), nullable=False),
        sa.Column("made", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("digest", name="pk_staff"),
    )
    op.create_index("ix_staff_name", "staff", ["name"])
    op.create_table(
        "staff_sessions",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("staff", sa.String(length=64), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["staff"], ["staff.digest"], name="fk_staff_sessions_staff", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("digest", name="pk_staff_sessions"),
    )
    op.create_index("ix_staff_sessions_staff", "staff_sessions", ["staff"])
    op.create_index("ix_staff_sessions_until", "staff_sessions", ["until"])
    op.create_table(
        "source_hours",
        sa.Column("source", sa.String(length=60), nullable=False),
        sa.Column("hour", sa.DateTime(timezone=True), nullable=False),
        sa.Column("records", sa.BigInteger(), nullable=False),
        sa.Column("crashes", sa.BigInteger(), nullable=False),
        sa.Column("explained", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["source"], ["sources.name"], name="fk_source_hours_source", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("source", "hour", name="pk_source_hours"),
    )
    op.create_table(
        "source_minutes",
        sa.Column("source", sa.String(length=60), nullable=False),
        sa.Column("minute", sa.DateTime(timezone=True), nullable=False),
        sa.Column("records", sa.BigInteger(), nullable=False),
        sa.Column("crashes", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["source"], ["sources.name"], name="fk_source_minutes_source", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("source", "minute", name="pk_source_minutes"),
    )


def downgrade() -> None:
    for table in ("source_minutes", "source_hours", "staff_sessions", "staff"):
        op.drop_table(table)
