package elliptic

// Full tensors on grids of cells: the multipoint flux approximation, "O method", of
// I. Aavatsmark, An introduction to multipoint flux approximations for quadrilateral
// grids, Computational Geosciences 6 (2002) 405–432.
//
// Around each corner of the grid lie the quarters q of up to four cells and the halves f
// of up to four faces. With a value λ in the middle of each face, as seen from this
// corner, u is linear in a quarter, and its energy is
//
//	½ (k_x p_x² + 2 k_xy p_x p_y + k_y p_y²),   p = λ − u at the centre of the cell,
//	k_x = a_xx h_y/h_x, k_y = a_yy h_x/h_y, k_xy = ±a_xy.
//
// The λ make the sum over the quarters least, which is to say that what leaves one quarter
// through a half face enters the other. What is left is a quadratic form of the four u: its
// matrix is symmetric, and definite for every definite a, whatever it does from cell to
// cell. Without a_xy it is the harmonic mean. Solutions that are linear on either side of a
// line of the grid across which a jumps are exact.
//
// Where a conducts along a diagonal, almost nothing of this holds the two colours of a
// chequerboard together. So the energy ½ τ t² of the twist t = u₀₀ − u₁₀ − u₀₁ + u₁₁ is
// added, with the τ that resists t as the harmonic means of a_xx and a_yy alone would. The
// twist of the exact solutions above is 0, and that of others of second order. For constant
// a the sum is the usual operator of nine points,
//
//	a_xx ∂²u/∂x² + a_yy ∂²u/∂y² on five points, 2 a_xy ∂²u/∂x∂y on the four diagonal ones.

import "mgtool/pde"

// byCorners reports that corners, not faces, make the diffusion.
func (s *assembly) byCorners() bool { return s.xy != nil && s.grid.Cells }

// corner is a corner of the grid. The quarters lie at (0, 0), (1, 0), (0, 1), (1, 1); the
// halves are those of the lower and upper face across x, the left and right face across y.
type corner struct {
	here   [4]bool       // which quarters belong to the domain
	at     [4][3]int     // their unknowns
	k      [4][2]float64 // k_x, k_y
	cross  [4]float64    // k_xy
	lambda [4][6]float64 // of each half: what multiplies the u of each quarter, what the sides give, the λ if u is 0 and all outer values are 1
	tau    float64
}

// twist is what multiplies the u of the quarters in t.
var twist = [4]float64{1, -1, -1, 1}

const (
	given = 4 + iota
	outer
)

// half is the number of the half face across d beside quarter q.
func half(d, q int) int { return 2*d + q>>(1-d)&1 }

// pull is −∂²/∂u∂λ of the energy of quarter q, for its half face across d.
func (c *corner) pull(q, d int) float64 { return c.k[q][d] + c.cross[q] }

// corner makes the corner above the unknown (i, j), which may be a ghost.
func (s *assembly) corner(i, j int) (c corner, err error) {
	var m [4][10]float64 // of the λ: matrix and right sides
	for q := range c.here {
		x, ok := [2]int{i + q&1, j + q>>1}, true
		for d := range x {
			cell, inside := s.axes[d].cell(x[d] - 1)
			x[d], ok = cell, ok && inside
		}
		at := [3]int{x[0] + 1, x[1] + 1, 0}
		if !ok || s.stateAt(at) == Absent {
			continue
		}
		c.here[q], c.at[q] = true, at
		ratio := s.axes[1].width(x[1]) / s.axes[0].width(x[0])
		c.k[q] = [2]float64{s.a[0].at(x[0], x[1], 0) * ratio, s.a[1].at(x[0], x[1], 0) / ratio}
		c.cross[q] = s.xy.at(x[0], x[1], 0)
		if q == 1 || q == 2 {
			c.cross[q] = -c.cross[q]
		}
		for d := range 2 {
			f, other := half(d, q), half(1-d, q)
			m[f][f] += c.k[q][d]
			m[f][other] += c.cross[q]
			m[f][4+q] += c.pull(q, d)
		}
	}
	for d, below := range [2]int{i, j} {
		if end, side := s.axes[d].side(below + 1); side {
			for along := range 2 {
				// The quarter within the box.
				q := (1-end)<<d + along<<(1-d)
				if !c.here[q] {
					continue
				}
				if err := s.closeHalf(&m, d, end, half(d, q), c.at[q]); err != nil {
					return c, err
				}
			}
		}
	}
	for f := range m {
		if m[f][f] == 0 { // no quarter beside it
			m[f][f] = 1
		}
	}
	// Elimination; definite, so without pivots.
	for f := range m {
		scale := 1 / m[f][f]
		for n := f; n < len(m[f]); n++ {
			m[f][n] *= scale
		}
		for r := range m {
			if v := m[r][f]; r != f && v != 0 {
				for n := f; n < len(m[r]); n++ {
					m[r][n] -= v * m[f][n]
				}
			}
		}
	}
	for f := range m {
		copy(c.lambda[f][:], m[f][4:])
	}
	if c.here == [4]bool{true, true, true, true} {
		c.stiffen()
	}
	return c, nil
}

// stiffen sets τ. Both energies are those of u = twist, so t = 4.
func (c *corner) stiffen() {
	var means, least float64
	for q := range 4 {
		for d := range 2 {
			if r := q + 1<<d; q>>d&1 == 0 {
				means += 2 * c.k[q][d] * c.k[r][d] / (c.k[q][d] + c.k[r][d])
				least -= 2 * c.couples(q, r)
			}
		}
	}
	c.tau = max(0, means-least) / 8
}

// closeHalf puts the condition of a side into the equation of λ on half f of the face of x:
// λ = g, or that a_nn (g − α λ) flows in.
func (s *assembly) closeHalf(m *[4][10]float64, d, end, f int, x [3]int) error {
	g, err := s.onSide(s.value[d][end], d, end, x)
	if err != nil {
		return err
	}
	if s.grid.Sides[d][end] == pde.Dirichlet {
		m[f] = [10]float64{4 + given: g, 4 + outer: 1}
		m[f][f] = 1
		return nil
	}
	alpha, err := s.onSide(s.alpha[d][end], d, end, x)
	if err != nil {
		return err
	}
	a, err := s.sideConductance(d, end, x)
	if err != nil {
		return err
	}
	a *= s.axes[1-d].nominal(x[1-d]) / 2
	m[f][f] += a * alpha
	m[f][4+given] += a * g
	m[f][4+outer] += a * alpha
	return nil
}

// couples is what multiplies u of quarter r in the balance of quarter q ≠ r, and the same
// to the last bit with q and r exchanged.
func (c *corner) couples(q, r int) (v float64) {
	q, r = min(q, r), max(q, r)
	for d := range 2 {
		v -= c.pull(q, d) * c.lambda[half(d, q)][r]
	}
	return v + c.tau*twist[q]*twist[r]
}

// surround makes the corners of the cell of x, those on the left from the cell before it if
// that was the last one.
func (w *writer) surround(x [3]int) (err error) {
	before := x
	before[0]--
	moved := w.at == before
	w.at = x
	for q := 3; q >= 0; q-- {
		if moved && q&1 == 1 {
			w.around[q] = w.around[q-1]
		} else if w.around[q], err = w.s.corner(x[0]-q&1, x[1]-q>>1); err != nil {
			return err
		}
	}
	return nil
}

// corners writes the diffusion and the reaction of x.
func (w *writer) corners(x [3]int) error {
	s := w.s
	if s.stateAt(x) != Inside {
		w.add(x, 13, w.size)
		if v := s.u.At(x[0], x[1], x[2]); v != 0 {
			w.given = append(w.given, entry{s.offset(x), w.size * v})
		}
		return nil
	}
	w.add(x, 13, s.reaction.At(x[0], x[1], x[2]))
	if err := w.surround(x); err != nil {
		return err
	}
	volume := s.axes[0].nominal(x[0]) * s.axes[1].nominal(x[1])
	for q := range w.around {
		c := &w.around[q]
		for r := range 4 {
			if r == q || !c.here[r] {
				continue
			}
			v := c.couples(q, r) / volume
			w.couple(x, 13+r&1-q&1+3*(r>>1-q>>1), v)
			w.add(x, 13, -v) // rows add up to what the sides and the reaction say
		}
		var sides, known float64
		for d := range 2 {
			lambda := &c.lambda[half(d, q)]
			sides += c.pull(q, d) * lambda[outer]
			known += c.pull(q, d) * lambda[given]
		}
		w.add(x, 13, sides/volume)
		if known != 0 {
			w.given = append(w.given, entry{s.offset(x), known / volume})
		}
	}
	return nil
}

// halves is the flux through the face below x, in the direction of axis d.
func (s *assembly) halves(u *pde.Field[float64], d int, x [3]int) (flux float64, err error) {
	_, side := s.axes[d].side(x[d])
	for upper := range 2 { // the half in the upper part of the lower corner, and the other one
		v := x
		v[d]--
		v[1-d] -= upper
		c, err := s.corner(v[0], v[1])
		if err != nil {
			return 0, err
		}
		below := upper << (1 - d)
		above := below + 1<<d
		if !c.here[below] && !c.here[above] || !side && c.here[below] != c.here[above] {
			continue
		}
		q, sign := below, -1.0
		if !c.here[below] {
			q, sign = above, 1
		}
		own := u.At(c.at[q][0], c.at[q][1], c.at[q][2])
		var t float64
		for r, at := range c.at {
			if c.tau > 0 {
				t += twist[r] * u.At(at[0], at[1], at[2])
			}
		}
		var p [2]float64 // λ − u
		for e := range p {
			lambda := &c.lambda[half(e, q)]
			p[e] = lambda[given] - own*lambda[outer]
			for r := range 4 {
				if r != q && c.here[r] {
					p[e] += lambda[r] * (u.At(c.at[r][0], c.at[r][1], c.at[r][2]) - own)
				}
			}
		}
		flux += sign*(c.k[q][d]*p[d]+c.cross[q]*p[1-d]) + c.tau/2*twist[below]*t // the other half of τt goes along 1−d
	}
	return flux, nil
}
