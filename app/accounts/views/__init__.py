"""The doors of the room: signing in and one's account, the list of people, administration."""
