"""Let gaps have policies"""

import sqlalchemy as sa
from alembic import op

revision = '0008'
down_revision = '0007'
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "gap_policy",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("competency_id", sa.Integer(), nullable=True),
        sa.Column("market", sa.String(), nullable=True),
        sa.Column("valid_from", sa.Integer(), nullable=False),
        sa.Column("valid_to", sa.Integer(), nullable=True),
        sa.Column("watch_probability", sa.Double(), nullable=False),
        sa.Column("watch_ends_below", sa.Double(), nullable=False),
        sa.Column("open_probability", sa.Double(), nullable=False),
        sa.Column("open_fails", sa.Integer(), nullable=False),
        sa.Column("open_checks", sa.Integer(), nullable=False),
        sa.Column("closing_below", sa.Double(), nullable=False),
        sa.Column("reopen_probability", sa.Double(), nullable=False),
        sa.Column("close_probability", sa.Double(), nullable=False),
        sa.Column("close_checks", sa.Integer(), nullable=False),
        sa.Column("relapse_weeks", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["competency_id"], ["competency.id"], name=op.f("fk_gap_policy_competency_id_competency")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gap_policy")),
    )
    op.create_index("ix_gap_policy_valid_from", "gap_policy", ["valid_from"], unique=False)
    with op.batch_alter_table("transition", schema=None) as batch_op:
        batch_op.add_column(sa.Column("policy_id", sa.Integer(), nullable=True))
        batch_op.create_foreign_key(
            batch_op.f("fk_transition_policy_id_gap_policy"), "gap_policy", ["policy_id"], ["id"]
        )


def downgrade():
    with op.batch_alter_table("transition", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_transition_policy_id_gap_policy"), type_="foreignkey")
        batch_op.drop_column("policy_id")
    op.drop_index("ix_gap_policy_valid_from", table_name="gap_policy")
    op.drop_table("gap_policy")
