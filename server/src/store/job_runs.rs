//! SQL of job_runs.
