//! Pairs rows with columns at the least cost.

/// The column of each row in a square matrix of costs, one row behind the other, so that their sum is the least.
///
/// Shortest augmenting paths with potentials: rows are added one by one, and each makes the others change their places
/// along the cheapest path. Takes cubic time.
pub(super) fn assign(size: usize, costs: &[i64]) -> Vec<usize> {
    const FREE: usize = usize::MAX;
    let mut row_of = vec![FREE; size];
    let mut of_row = vec![0; size];
    let mut of_column = vec![0; size];
    for row in 0..size {
        let mut nearest = vec![i64::MAX; size];
        let mut before = vec![FREE; size];
        let mut is_done = vec![false; size];
        let (mut at, mut last) = (row, FREE);
        let end = loop {
            let mut least: Option<(i64, usize)> = None;
            for column in (0..size).filter(|&column| !is_done[column]) {
                let cost = costs[at * size + column] - of_row[at] - of_column[column];
                if cost < nearest[column] {
                    nearest[column] = cost;
                    before[column] = last;
                }
                if least.is_none_or(|(cost, _)| nearest[column] < cost) {
                    least = Some((nearest[column], column));
                }
            }
            // There are as many columns as rows, so one is left.
            let Some((step, column)) = least else { break FREE };
            of_row[row] += step;
            for other in 0..size {
                if is_done[other] {
                    of_row[row_of[other]] += step;
                    of_column[other] -= step;
                } else {
                    nearest[other] = nearest[other].saturating_sub(step);
                }
            }
            is_done[column] = true;
            last = column;
            match row_of[column] {
                FREE => break column,
                next => at = next,
            }
        };
        let mut column = end;
        while column != FREE {
            let from = before[column];
            row_of[column] = if from == FREE { row } else { row_of[from] };
            column = from;
        }
    }
    let mut columns = vec![0; size];
    for (column, &row) in row_of.iter().enumerate() {
        columns[row] = column;
    }
    columns
}

#[cfg(test)]
mod tests {
    use super::*;

    fn least(size: usize, costs: &[i64], row: usize, taken: &mut Vec<usize>) -> i64 {
        if row == size {
            return 0;
        }
        let mut best = i64::MAX;
        for column in 0..size {
            if !taken.contains(&column) {
                taken.push(column);
                best = best.min(costs[row * size + column] + least(size, costs, row + 1, taken));
                taken.pop();
            }
        }
        best
    }

    #[test]
    fn no_other_way_is_cheaper() {
        let mut seed = 7u64;
        for round in 0..300 {
            let size = 1 + round % 6;
            let costs: Vec<i64> = (0..size * size)
                .map(|_| {
                    seed = seed
                        .wrapping_mul(6_364_136_223_846_793_005)
                        .wrapping_add(1_442_695_040_888_963_407);
                    ((seed >> 33) % 12) as i64
                })
                .collect();
            let columns = assign(size, &costs);
            let mut sorted = columns.clone();
            sorted.sort_unstable();
            assert!(sorted.into_iter().eq(0..size));
            let sum: i64 = columns
                .iter()
                .enumerate()
                .map(|(row, column)| costs[row * size + column])
                .sum();
            assert_eq!(sum, least(size, &costs, 0, &mut Vec::new()));
        }
        assert_eq!(assign(0, &[]), Vec::<usize>::new());
    }
}
