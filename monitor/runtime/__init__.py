"""The running program: loop, crawls, CPU pool, dispatch, daemon."""
