"""The series of dates: areas, change, surge front."""
