"""The threads of every process that makes a report: one.

Tables are small, so threads of the linear algebra wait for each other: where something else runs beside them, up to
four times as long as the work takes. And another number of them rounds otherwise.
"""

ONE_THREAD = dict.fromkeys(["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS"], "1")
ONE_THREAD |= {"ARROW_IO_THREADS": "1"}
