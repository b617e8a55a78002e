"""Reports, their diagnoses, and the crashes in them."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "reports",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("removed", sa.JSON(), nullable=False),
        sa.Column("stated", sa.JSON(), nullable=False),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("received", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_reports"),
    )
    op.create_table(
        "diagnoses",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("report", sa.String(length=64), nullable=False),
        sa.Column("book", sa.String(length=80), nullable=False),
        sa.Column("engine", sa.String(length=40), nullable=False),
        sa.Column("verdict", sa.String(length=8), nullable=False),
        sa.Column("confidence", sa.Float(), nullable=False),
        sa.Column("answer", sa.JSON(), nullable=False),
        sa.Column("seen", sa.Integer(), nullable=False),
        sa.Column("first_seen", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["report"], ["reports.digest"], name="fk_diagnoses_report", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_diagnoses"),
        sa.UniqueConstraint("report", "book", "engine", name="uq_diagnoses_report_book_engine"),
    )
    op.create_table(
        "crashes",
        sa.Column("diagnosis", sa.String(length=26), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("fingerprint", sa.String(length=100), nullable=False),
        sa.Column("verdict", sa.String(length=8), nullable=False),
        sa.Column("signature", sa.String(length=120), nullable=True),
        sa.ForeignKeyConstraint(["diagnosis"], ["diagnoses.id"], name="fk_crashes_diagnosis", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("diagnosis", "position", name="pk_crashes"),
    )
    op.create_index("ix_crashes_fingerprint", "crashes", ["fingerprint"])


def downgrade() -> None:
    op.drop_table("crashes")
    op.drop_table("diagnoses")
    op.drop_table("reports")
