"""What `python app.py` needs to run everything on one machine: guarded children, embedded PostgreSQL, supervisor.

Nothing here imports Flask: start-up and refusals (a busy port) must be quick.
"""
