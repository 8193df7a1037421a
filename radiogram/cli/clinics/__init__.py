"""The patient's list of checked clinics at a command."""
