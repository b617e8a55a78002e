"""Crashes counted by the day, and unknown ones that a later book has explained."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "occurrence_days",
        sa.Column("fingerprint", sa.String(length=100), nullable=False),
        sa.Column("source", sa.String(length=60), nullable=False),
        sa.Column("signature", sa.String(length=120), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["source"], ["sources.name"], name="fk_occurrence_days_source", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("fingerprint", "source", "signature", "day", name="pk_occurrence_days"),
    )
    op.create_index("ix_occurrence_days_day", "occurrence_days", ["day"])
    op.create_table(
        "crashes_explained",
        sa.Column("diagnosis", sa.String(length=26), nullable=False),
        sa.Column("fingerprint", sa.String(length=100), nullable=False),
        sa.Column("signature", sa.String(length=120), nullable=False),
        sa.Column("book", sa.String(length=80), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["diagnosis"], ["diagnoses.id"], name="fk_crashes_explained_diagnosis", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("diagnosis", "fingerprint", name="pk_crashes_explained"),
    )
    op.create_index("ix_crashes_explained_fingerprint", "crashes_explained", ["fingerprint"])
    op.create_index("ix_reports_source_digest", "reports", ["source", "digest"])
    op.create_index("ix_diagnoses_book_id", "diagnoses", ["book", "id"])


def downgrade() -> None:
    op.drop_index("ix_diagnoses_book_id", "diagnoses")
    op.drop_index("ix_reports_source_digest", "reports")
    op.drop_table("crashes_explained")
    op.drop_table("occurrence_days")
