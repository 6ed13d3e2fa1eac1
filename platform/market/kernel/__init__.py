"""What every subject stands on: money, clock, refusals, transitions, the event record, database, jobs, locks."""
