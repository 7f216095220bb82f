"""The tree of organizations: province, departments, communes and wards."""
