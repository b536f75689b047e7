"""All doors of the room: where its pages and commands hang, and the modules that hang them there."""

from app.curriculum import cli, learning, views
from app.curriculum.authoring import pages as authoring
from app.curriculum.blueprint import bp
from app.curriculum.certificates import pages as certificates
from app.curriculum.changing import pages as changing
from app.curriculum.exchange import pages as exchange
from app.curriculum.files import pages as files
from app.curriculum.following import pages as following
from app.curriculum.live import pages as live
from app.curriculum.packages import content as package_content
from app.curriculum.packages import lrs
from app.curriculum.packages import pages as packages
from app.curriculum.packages.origin import content
from app.curriculum.paths import following as path_following
from app.curriculum.paths import pages as paths
from app.curriculum.paths import walking
from app.curriculum.practice import pages as practice
from app.curriculum.quizzes import bank
from app.curriculum.quizzes import files as quiz_files
from app.curriculum.quizzes import pages as quizzes
from app.curriculum.quizzes import settings as quiz_settings

__all__ = [
    "authoring",
    "bank",
    "bp",
    "certificates",
    "changing",
    "cli",
    "content",
    "exchange",
    "files",
    "following",
    "learning",
    "live",
    "lrs",
    "package_content",
    "packages",
    "path_following",
    "paths",
    "practice",
    "quiz_files",
    "quiz_settings",
    "quizzes",
    "views",
    "walking",
]
