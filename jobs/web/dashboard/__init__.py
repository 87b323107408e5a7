"""The employer's dashboard: overview, companies and jobs."""
