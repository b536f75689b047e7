"""Keep decisions of reviews in the register of decisions"""

import sqlalchemy as sa
from alembic import op

revision = '0027'
down_revision = '0026'
branch_labels = None
depends_on = None

SAID = sa.table(
    'review_decision',
    *(sa.column(name) for name in ('id', 'review_id', 'text', 'by_id')),
    sa.column('at', sa.DateTime(timezone=True)),
)
MOVED = ['unit_id', 'title_en', 'title_es', 'why', 'alternatives', 'decided_by_id', 'review_id', 'decided_on', 'made_at']
KEPT = sa.table('resolution', *(sa.column(name) for name in ('id', 'supersedes_id', *MOVED)))
REVIEW = sa.table('business_review', *(sa.column(name) for name in ('id', 'unit_id', 'frozen_by_id')))
LOOK = sa.table('resolution_look', sa.column('resolution_id'))
GRANT = sa.table('grant', *(sa.column(name) for name in ('user_id', 'role')))


def upgrade():
    with op.batch_alter_table('resolution', schema=None) as batch_op:
        batch_op.add_column(sa.Column('review_id', sa.Integer(), nullable=True))
        batch_op.create_index(batch_op.f('ix_resolution_review_id'), ['review_id'], unique=False)
        batch_op.create_foreign_key(
            batch_op.f('fk_resolution_review_id_business_review'), 'business_review', ['review_id'], ['id']
        )
    leads = sa.select(sa.func.min(GRANT.c.user_id)).where(GRANT.c.role.in_(('program_manager', 'administrator')))
    who = sa.func.coalesce(SAID.c.by_id, REVIEW.c.frozen_by_id, leads.scalar_subquery())
    moved = (
        sa.select(REVIEW.c.unit_id, SAID.c.text, SAID.c.text, sa.literal(''), sa.literal(''), who, SAID.c.review_id)
        .add_columns(sa.func.date(SAID.c.at), SAID.c.at)
        .join_from(SAID, REVIEW, REVIEW.c.id == SAID.c.review_id)
        .order_by(SAID.c.id)
    )
    op.execute(sa.insert(KEPT).from_select(MOVED, moved))
    op.drop_table('review_decision')


def downgrade():
    op.create_table(
        'review_decision',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('review_id', sa.Integer(), nullable=False),
        sa.Column('text', sa.String(), nullable=False),
        sa.Column('by_id', sa.Integer(), nullable=True),
        sa.Column('at', sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(['by_id'], ['user.id'], name=op.f('fk_review_decision_by_id_user')),
        sa.ForeignKeyConstraint(
            ['review_id'],
            ['business_review.id'],
            name=op.f('fk_review_decision_review_id_business_review'),
            ondelete='CASCADE',
        ),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_review_decision')),
    )
    op.create_index(op.f('ix_review_decision_review_id'), 'review_decision', ['review_id'])
    text = sa.func.coalesce(sa.func.nullif(KEPT.c.title_es, ''), KEPT.c.title_en)
    back = sa.select(KEPT.c.review_id, text, KEPT.c.decided_by_id, KEPT.c.made_at).where(KEPT.c.review_id.is_not(None))
    op.execute(sa.insert(SAID).from_select(['review_id', 'text', 'by_id', 'at'], back))
    gone = sa.select(KEPT.c.id).where(KEPT.c.review_id.is_not(None)).scalar_subquery()
    op.execute(sa.delete(LOOK).where(LOOK.c.resolution_id.in_(gone)))
    op.execute(sa.update(KEPT).where(KEPT.c.supersedes_id.in_(gone)).values(supersedes_id=None))
    op.execute(sa.delete(KEPT).where(KEPT.c.review_id.is_not(None)))
    with op.batch_alter_table('resolution', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('fk_resolution_review_id_business_review'), type_='foreignkey')
        batch_op.drop_index(batch_op.f('ix_resolution_review_id'))
        batch_op.drop_column('review_id')
