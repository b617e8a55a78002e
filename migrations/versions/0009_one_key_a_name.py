"""One valid key for each name of staff, also where two are made at the same moment."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

VALID = sa.text("revoked IS NULL")
# Of several keys of one name the one that was used or made last stays.
REVOKED = """
UPDATE staff SET revoked = made WHERE revoked IS NULL AND EXISTS (
    SELECT 1 FROM staff AS other WHERE other.name = staff.name AND other.revoked IS NULL
    AND (COALESCE(other.last_seen, other.made) > COALESCE(staff.last_seen, staff.made)
         OR (COALESCE(other.last_seen, other.made) = COALESCE(staff.last_seen, staff.made)
             AND other.digest > staff.digest)))
"""


def upgrade() -> None:
    op.execute(REVOKED)
    op.create_index("ix_staff_name_valid", "staff", ["name"], unique=True, sqlite_where=VALID, postgresql_where=VALID)


def downgrade() -> None:
    op.drop_index("ix_staff_name_valid", "staff")
