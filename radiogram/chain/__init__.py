"""The inbox contract, and what finding it, deploying it and paying for it takes."""
