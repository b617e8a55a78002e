"""Where answers go out to, and what waits to be sent."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

COUNTED = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "hooks",
        sa.Column("id", COUNTED, nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("events", sa.JSON(), nullable=False),
        sa.Column("source", sa.String(length=60), nullable=True),
        sa.Column("service", sa.Text(), nullable=True),
        sa.Column("rate_count", sa.Integer(), nullable=False),
        sa.Column("rate_minutes", sa.Integer(), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("headers", sa.JSON(), nullable=False),
        sa.Column("made", sa.DateTime(timezone=True), nullable=False),
        sa.Column("disabled", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("holder", sa.String(length=40), nullable=True),
        sa.Column("ready", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_hooks"),
    )
    op.create_table(
        "hook_deliveries",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("hook", COUNTED, nullable=False),
        sa.Column("event", sa.String(length=40), nullable=False),
        sa.Column("news", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("made", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["hook"], ["hooks.id"], name="fk_hook_deliveries_hook", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_hook_deliveries"),
    )
    op.create_index("ix_hook_deliveries_hook_state_due", "hook_deliveries", ["hook", "state", "due"])
    op.create_index("ix_hook_deliveries_state", "hook_deliveries", ["state"])
    op.create_table(
        "hook_told",
        sa.Column("hook", COUNTED, nullable=False),
        sa.Column("about", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["hook"], ["hooks.id"], name="fk_hook_told_hook", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("hook", "about", name="pk_hook_told"),
    )
    op.create_table(
        "hook_minutes",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("fingerprint", sa.String(length=100), nullable=False),
        sa.Column("source", sa.String(length=60), nullable=False),
        sa.Column("service", sa.Text(), nullable=True),
        sa.Column("minute", sa.BigInteger(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_hook_minutes"),
    )
    op.create_index("ix_hook_minutes_fingerprint_minute", "hook_minutes", ["fingerprint", "minute"])
    op.create_index("ix_hook_minutes_minute", "hook_minutes", ["minute"])


def downgrade() -> None:
    for table in ("hook_minutes", "hook_told", "hook_deliveries", "hooks"):
        op.drop_table(table)
