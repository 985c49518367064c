"""Records of databases into immutable deliveries, each pull whole or not at all."""
