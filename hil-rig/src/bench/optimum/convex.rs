//! Convex programs for the interior-point solver: `minimise 1/2 x'Px + q'x` with `P` diagonal, some rows equal to a
//! number and others at most one.

use clarabel::algebra::CscMatrix;
use clarabel::solver::{
    DefaultSettings, DefaultSolver, IPSolver, NonnegativeConeT, SolverStatus, SupportedConeT, ZeroConeT,
};

use super::OptimumError;

/// A row's terms: variable and coefficient.
pub(super) type Term = (usize, f64);

/// One convex program.
#[derive(Clone, Debug)]
pub(super) struct Program {
    slope: Vec<f64>,
    curve: Vec<f64>,
    equal: Rows,
    at_most: Rows,
}

#[derive(Clone, Debug, Default)]
struct Rows {
    row: Vec<usize>,
    column: Vec<usize>,
    value: Vec<f64>,
    right: Vec<f64>,
}

impl Rows {
    fn add(&mut self, terms: &[Term], right: f64) {
        for (column, value) in terms {
            self.row.push(self.right.len());
            self.column.push(*column);
            self.value.push(*value);
        }
        self.right.push(right);
    }

    fn append(&mut self, below: Self) {
        let above = self.right.len();
        self.row.extend(below.row.into_iter().map(|row| above + row));
        self.column.extend(below.column);
        self.value.extend(below.value);
        self.right.extend(below.right);
    }
}

impl Program {
    /// A program of so many free variables that cost nothing.
    pub(super) fn new(variables: usize) -> Self {
        Self {
            slope: vec![0.0; variables],
            curve: vec![0.0; variables],
            equal: Rows::default(),
            at_most: Rows::default(),
        }
    }

    /// Adds `slope * x + 1/2 curve * x^2` to what is minimised.
    pub(super) fn cost(&mut self, variable: usize, slope: f64, curve: f64) {
        self.slope[variable] += slope;
        self.curve[variable] += curve;
    }

    /// Sum of the terms equals `right`.
    pub(super) fn equal(&mut self, terms: &[Term], right: f64) {
        self.equal.add(terms, right);
    }

    /// Sum of the terms is at most `right`.
    pub(super) fn at_most(&mut self, terms: &[Term], right: f64) {
        self.at_most.add(terms, right);
    }

    /// The variable lies in this span.
    pub(super) fn within(&mut self, variable: usize, low: f64, high: f64) {
        self.at_most(&[(variable, 1.0)], high);
        self.at_most(&[(variable, -1.0)], -low);
    }

    /// The variables at the least cost, with that cost, and with what the solver proves it cannot fall below.
    ///
    /// # Errors
    /// When the solver finds none.
    pub(super) fn solve(self) -> Result<Solution, OptimumError> {
        let variables = self.slope.len();
        let cones = [
            ZeroConeT(self.equal.right.len()),
            NonnegativeConeT(self.at_most.right.len()),
        ];
        let mut rows = self.equal;
        rows.append(self.at_most);
        let sides =
            CscMatrix::new_from_triplets(rows.right.len(), variables, rows.row, rows.column, rows.value);
        let diagonal: Vec<usize> = (0..variables).collect();
        let curve =
            CscMatrix::new_from_triplets(variables, variables, diagonal.clone(), diagonal, self.curve);
        solve(&curve, &self.slope, &sides, &rows.right, &cones)
    }
}

/// What came of a program.
#[derive(Clone, Debug)]
pub(super) struct Solution {
    pub(super) variables: Vec<f64>,
    pub(super) cost: f64,
    /// The dual's cost: no feasible point costs less, to the solver's feasibility of the dual.
    pub(super) at_least: f64,
}

fn solve(
    curve: &CscMatrix<f64>,
    slope: &[f64],
    sides: &CscMatrix<f64>,
    right: &[f64],
    cones: &[SupportedConeT<f64>],
) -> Result<Solution, OptimumError> {
    let settings = DefaultSettings {
        verbose: false,
        ..DefaultSettings::default()
    };
    let mut solver = DefaultSolver::new(curve, slope, sides, right, cones, settings)
        .map_err(|source| OptimumError::Program(source.to_string()))?;
    solver.solve();
    let found = solver.solution;
    if matches!(found.status, SolverStatus::Solved | SolverStatus::AlmostSolved) {
        Ok(Solution {
            variables: found.x,
            cost: found.obj_val,
            at_least: found.obj_val_dual,
        })
    } else {
        Err(OptimumError::Program(format!("{:?}", found.status)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_corner_and_the_bottom_of_a_bowl() {
        // Least x + (y - 3)^2 with x + y = 2, x >= 0: at x = 0, y = 2 it costs 1 - 9 without the constant.
        let mut program = Program::new(2);
        program.cost(0, 1.0, 0.0);
        program.cost(1, -6.0, 2.0);
        program.equal(&[(0, 1.0), (1, 1.0)], 2.0);
        program.at_most(&[(0, -1.0)], 0.0);
        let solution = program.solve().expect("it has a solution");
        assert!(solution.variables[0].abs() < 1e-6 && (solution.variables[1] - 2.0).abs() < 1e-6);
        assert!((solution.cost + 8.0).abs() < 1e-6 && (solution.at_least + 8.0).abs() < 1e-6);
    }

    #[test]
    fn says_that_there_is_none() {
        let mut program = Program::new(1);
        program.within(0, 2.0, 1.0);
        assert!(matches!(program.solve(), Err(OptimumError::Program(_))));
    }
}
