"""The question bank, and quizzes that draw from it: who passes a module's quiz has completed the module.

Tables: question, question_option, quiz, quiz_draw, quiz_attempt, quiz_asked. Start reading at `models.py`, then `rules.py`
(marking, drawing, what may happen next) and `services.py` (the bank) and `taking.py` (attempts). `intake/` reads files.
"""
