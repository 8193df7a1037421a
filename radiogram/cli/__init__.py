"""What the commands share. Only this room touches Ape's project, accounts and networks, and asks people."""
