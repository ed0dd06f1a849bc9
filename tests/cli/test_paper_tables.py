from visavis.cli.paper_tables import latex, markdown


def test_signs_of_latex_are_escaped():
    out = latex(["a_b", "%"], [["x & y {z} ~ ^ # $ \\", "1.5"]], [False, True], "T")
    assert out.splitlines() == [
        r"% T; needs \usepackage{booktabs}",
        r"\begin{tabular}{lr}",
        r"\toprule",
        r"a\_b & \% \\",
        r"\midrule",
        r"x \& y \{z\} \textasciitilde{} \textasciicircum{} \# \$ \textbackslash{} & 1.5 \\",
        r"\bottomrule",
        r"\end{tabular}",
    ]


def test_signs_of_markdown_are_escaped():
    out = markdown(["a", "b"], [["x|y <b> *z*", "1"]], [False, True], "T_1")
    assert out.splitlines() == [
        r"T\_1",
        "",
        "| a | b |",
        "| --- | ---: |",
        r"| x\|y &lt;b> \*z\* | 1 |",
    ]
