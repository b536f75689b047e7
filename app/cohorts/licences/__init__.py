"""Licences of trainers: level, language, until when; kept by teaching, renewed, and where nobody has one."""
