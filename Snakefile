# What `snakemake` runs from the top folder of a clone: the workflow of workflow/Snakefile with all its rules.
include: "workflow/Snakefile"


rule default:  # an included file sets no default target
    default_target: True
    input:
        rules.all.input,
