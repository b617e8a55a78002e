"""Whether fixes held, and what answers were wrong; answers that were asked again."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

COUNTED = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "diagnoses_again",
        sa.Column("first", sa.String(length=26), nullable=False),
        sa.Column("diagnosis", sa.String(length=26), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("stated", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["first"], ["diagnoses.id"], name="fk_diagnoses_again_first", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["diagnosis"], ["diagnoses.id"], name="fk_diagnoses_again_diagnosis", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("first", "diagnosis", name="pk_diagnoses_again"),
    )
    op.create_table(
        "feedback",
        sa.Column("id", COUNTED, nullable=False),
        sa.Column("signature", sa.String(length=120), nullable=False),
        sa.Column("about", sa.String(length=26), nullable=False),
        sa.Column("voter", sa.String(length=64), nullable=False),
        sa.Column("held", sa.String(length=8), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_feedback"),
        sa.UniqueConstraint("signature", "about", "voter", name="uq_feedback_signature_about_voter"),
    )
    op.create_index("ix_feedback_about_at", "feedback", ["about", "at"])
    op.create_table(
        "corrections",
        sa.Column("id", COUNTED, nullable=False),
        sa.Column("diagnosis", sa.String(length=26), nullable=False),
        sa.Column("crash", sa.Integer(), nullable=False),
        sa.Column("said", sa.String(length=120), nullable=True),
        sa.Column("right", sa.String(length=120), nullable=True),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("voter", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("settled_by", sa.String(length=60), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["diagnosis"], ["diagnoses.id"], name="fk_corrections_diagnosis", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_corrections"),
        sa.UniqueConstraint("diagnosis", "crash", "voter", name="uq_corrections_diagnosis_crash_voter"),
    )
    op.create_index("ix_corrections_state_id", "corrections", ["state", "id"])


def downgrade() -> None:
    for table in ("corrections", "feedback", "diagnoses_again"):
        op.drop_table(table)
