"""Sources with their keys, and how often which failure came from them."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "sources",
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("made", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen", sa.DateTime(timezone=True), nullable=True),
        sa.Column("records", sa.BigInteger(), nullable=False),
        sa.Column("crashes", sa.BigInteger(), nullable=False),
        sa.Column("explained", sa.BigInteger(), nullable=False),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column("last_error_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("name", name="pk_sources"),
    )
    op.create_table(
        "source_keys",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("source", sa.String(length=60), nullable=False),
        sa.Column("hint", sa.String(length=8), nullable=False),
        sa.Column("made", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["source"], ["sources.name"], name="fk_source_keys_source", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("digest", name="pk_source_keys"),
    )
    op.create_index("ix_source_keys_source", "source_keys", ["source"])
    op.create_table(
        "occurrences",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("signature", sa.String(length=120), nullable=True),
        sa.Column("fingerprint", sa.String(length=100), nullable=False),
        sa.Column("source", sa.String(length=60), nullable=False),
        sa.Column("service", sa.Text(), nullable=True),
        sa.Column("release", sa.Text(), nullable=True),
        sa.Column("environment", sa.Text(), nullable=True),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("first_seen", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["source"], ["sources.name"], name="fk_occurrences_source", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("key", name="pk_occurrences"),
    )
    for column in ("fingerprint", "signature", "source"):
        op.create_index(f"ix_occurrences_{column}", "occurrences", [column])
    op.create_table(
        "occurrence_examples",
        sa.Column("occurrence", sa.String(length=64), nullable=False),
        sa.Column("diagnosis", sa.String(length=26), nullable=False),
        sa.ForeignKeyConstraint(
            ["occurrence"], ["occurrences.key"], name="fk_occurrence_examples_occurrence", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["diagnosis"], ["diagnoses.id"], name="fk_occurrence_examples_diagnosis", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("occurrence", "diagnosis", name="pk_occurrence_examples"),
    )
    op.create_table(
        "arrivals",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_arrivals"),
    )
    op.create_index("ix_arrivals_at", "arrivals", ["at"])


def downgrade() -> None:
    for table in ("arrivals", "occurrence_examples", "occurrences", "source_keys", "sources"):
        op.drop_table(table)
