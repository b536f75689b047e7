"""Keep what a closed month came to"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0026'
down_revision = '0025'
branch_labels = None
depends_on = None


def upgrade():
    counts = sa.JSON().with_variant(postgresql.JSONB(), 'postgresql')
    op.add_column('coaching_month', sa.Column('counts', counts, nullable=True))


def downgrade():
    op.drop_column('coaching_month', 'counts')
