"""Who makes the reports of a batch: forked processes, fresh ones, or other machines."""
