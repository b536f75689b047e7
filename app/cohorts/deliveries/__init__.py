"""What certified trainers teach to teams, who was there, and how far it has reached: the cascade."""
