package bridge

// A cycle as a method of the solver.

import (
	"mgtool/bridge/specification"
	"mgtool/multigrid"
	"mgtool/multigrid/method"
	"mgtool/pde/stencil"
)

// Method is the cycle as a value that the solver runs at any size, and that is saved to a
// file.
func (c *Cycle) Method() *method.Method {
	m := &method.Method{
		Name: c.Specification.Name, Dim: c.dim, Gamma: max(1, c.Specification.Gamma), Repeat: method.Last,
		About: map[string]any{"learned": c.Specification.Learned().String(), "parameters": c.Parameters(), "cells": c.grids[0].N[:c.dim]},
	}
	if m.Name == "" {
		m.Name = "learned " + c.Specification.Learned().String()
	}
	if k, constant := c.problems[0].Kernel(); constant && len(c.problems) == 1 {
		m.Operator = method.FromKernel(c.dim, k.Scale(1/middle(c.problems[0])))
		m.Operator.Weights[len(m.Operator.Weights)/2] = 1
	}
	count, cyclic := c.distinct()
	if cyclic {
		m.Repeat = method.Cyclic
	}
	for _, v := range c.levels[:count] {
		l := method.Level{
			Pre: c.methodSteps(v.pre), Post: c.methodSteps(v.post),
			Restriction:  method.Transfer{Name: method.Transpose},
			Prolongation: c.transfer(v.p, "P", method.Linear),
			Coarse:       method.Coarse{Name: method.Rediscretized},
		}
		if v.r != nil {
			l.Restriction = c.transfer(v.r, "R", method.FullWeighting)
		}
		switch {
		case v.a != nil:
			l.Coarse = method.Coarse{Stencil: c.stencil(v.a)}
		case c.Specification.Of("A").From == specification.Galerkin:
			l.Coarse.Name = method.Galerkin
		}
		m.Levels = append(m.Levels, l)
	}
	return m
}

// distinct is how many levels differ, and whether they come again from the first on.
func (c *Cycle) distinct() (count int, cyclic bool) {
	count = 1
	for _, op := range specification.Cycle.Operators() {
		w := c.Specification.Of(op)
		if k, _ := w.Period(); w.Learned() && (k == 0 || k > 1) {
			if k == 0 || k >= len(c.levels) {
				return len(c.levels), false
			}
			count, cyclic = k, true
		}
	}
	if c.Specification.Of("B").Kind == specification.Colours && len(c.levels) > 1 && c.colours(0) != c.colours(1) {
		if cyclic { // the first level, which has other colours than all below, cannot come again
			return len(c.levels), false
		}
		count = max(count, 2)
	}
	return count, cyclic
}

func (c *Cycle) transfer(v *values, op, name string) method.Transfer {
	switch {
	case v == nil:
		return method.Transfer{Name: method.BlackBox}
	case len(v.z) == 0:
		return method.Transfer{Name: name}
	}
	return method.Transfer{Stencil: c.stencil(v)}
}

func (c *Cycle) stencil(v *values) *method.Stencil {
	s := &method.Stencil{Dim: c.dim, Width: 3}
	if len(v.data) > points(c.dim) {
		s.Width = 5
	}
	for _, w := range v.data {
		s.Weights = append(s.Weights, float64(w))
	}
	return s
}

func (c *Cycle) methodSteps(steps []step) (list []method.Step) {
	for _, s := range steps {
		switch s.kind {
		case specification.Stencil:
			list = append(list, method.Step{Stencil: c.stencil(s.values[0])})
		case specification.Jacobi:
			list = append(list, method.Step{Jacobi: float64(s.values[0].data[0])})
		default:
			var weights []float64
			for _, v := range s.values {
				weights = append(weights, float64(v.data[0]))
			}
			list = append(list, method.Step{Colours: weights})
		}
	}
	return list
}

// Settings are those with which the solver runs the cycle on an operator.
func (c *Cycle) Settings(a stencil.Operator) (multigrid.Settings, error) {
	return c.Method().Settings(a)
}
