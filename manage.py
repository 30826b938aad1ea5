#!/usr/bin/env python
"""Django's own commands, for developers."""

import os
import sys

from django.core.management import execute_from_command_line

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "rapport.config.settings")
os.environ.setdefault("RAPPORT_DATABASE_POOL", "no")  # a pool waits long for a database that is not running
execute_from_command_line(sys.argv)
