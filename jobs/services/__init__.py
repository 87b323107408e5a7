"""Every change of state in this app, by subject, one function per act."""
