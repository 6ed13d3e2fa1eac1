"""Running the platform: parameters by two persons, holiday tables, jobs, state of the installation."""
