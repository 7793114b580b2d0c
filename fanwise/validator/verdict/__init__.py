"""From findings to a verdict, grades, causes and sample sizes."""
