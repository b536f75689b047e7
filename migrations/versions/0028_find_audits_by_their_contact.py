"""Find audits by the reference of their contact"""

from alembic import op

revision = '0028'
down_revision = '0027'
branch_labels = None
depends_on = None


def upgrade():
    with op.batch_alter_table("audit", schema=None) as batch_op:
        batch_op.create_index(
            "ix_audit_contact_ref", ["contact_ref"], unique=False, postgresql_ops={"contact_ref": "text_pattern_ops"}
        )


def downgrade():
    with op.batch_alter_table("audit", schema=None) as batch_op:
        batch_op.drop_index("ix_audit_contact_ref", postgresql_ops={"contact_ref": "text_pattern_ops"})
