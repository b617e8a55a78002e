"""The inbox: what was accepted and is not counted yet, what could not be read, and who works on it."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

COUNTED = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "inbox_lines",
        sa.Column("id", COUNTED, nullable=False),
        sa.Column("source", sa.String(length=60), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_inbox_lines"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_inbox_lines_source", "inbox_lines", ["source"])
    op.create_table(
        "inbox_streams",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("source", sa.String(length=60), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_inbox_streams"),
    )
    op.create_table(
        "inbox_crashes",
        sa.Column("id", COUNTED, nullable=False),
        sa.Column("source", sa.String(length=60), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_inbox_crashes"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "inbox_parked",
        sa.Column("id", COUNTED, nullable=False),
        sa.Column("source", sa.String(length=60), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("said", sa.JSON(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_inbox_parked"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_inbox_parked_source", "inbox_parked", ["source"])
    op.create_table(
        "leases",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("holder", sa.String(length=40), nullable=False),
        sa.Column("until", sa.Float(precision=53), nullable=False),
        sa.Column("wanted", sa.Float(precision=53), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_leases"),
    )


def downgrade() -> None:
    for table in ("leases", "inbox_parked", "inbox_crashes", "inbox_streams", "inbox_lines"):
        op.drop_table(table)
