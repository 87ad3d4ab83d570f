"""mini-URMP: seeded synthetic chamber music in the layout and file formats of URMP."""
