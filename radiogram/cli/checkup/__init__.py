"""The checks of `ape run doctor`: each looks at one thing, and may repair it."""
