// Solves a structured linear system with hypre: PFMG, SMG or BoomerAMG, alone or inside
// conjugate gradients (symmetric systems) or GMRES.
//
//   mpicc -O3 -o hypre hypre.c -I/usr/include/hypre -lHYPRE -lm
//   mpirun -np 2 ./hypre SYSTEM METHOD RTOL [LIMIT]
//
// METHOD is pfmg, smg, boomeramg, or one of these with -cg or -gmres. SYSTEM is a file of
// little-endian 64-bit values: dim, n[3], entries, the offsets (three an entry), all
// integers; then as float64 the coefficients of each entry at every
// unknown, x fastest, and the right side. Couplings that leave the box are 0. The output
// is one line of JSON. Planes of the last axis are shared among the processes.
#include <HYPRE.h>
#include <HYPRE_krylov.h>
#include <HYPRE_parcsr_ls.h>
#include <HYPRE_struct_ls.h>
#include <math.h>
#include <mpi.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int rank, size;

static void fail(const char *text) {
	if (rank == 0) fprintf(stderr, "hypre: %s\n", text);
	MPI_Abort(MPI_COMM_WORLD, 2);
}

// The system, of this process's planes: all values of an entry follow each other.
static int dim, entries;
static int64_t n[3];
static int (*offset)[3];
static double **value, *rhs;
static int lo[3], hi[3];
static int64_t own, total;

static void read_system(const char *name) {
	FILE *f = fopen(name, "rb");
	int64_t head[5];
	if (!f || fread(head, 8, 5, f) != 5) fail("cannot read the system");
	dim = head[0], entries = head[4];
	total = 1;
	for (int d = 0; d < 3; d++) n[d] = head[1 + d], total *= n[d], lo[d] = 0, hi[d] = n[d] - 1;
	int last = dim - 1;
	lo[last] = n[last] * rank / size, hi[last] = n[last] * (rank + 1) / size - 1;
	int64_t plane = total / n[last], first = lo[last] * plane;
	own = (hi[last] - lo[last] + 1) * plane;
	offset = malloc(entries * sizeof *offset);
	value = malloc(entries * sizeof *value);
	for (int e = 0; e < entries; e++) {
		int64_t o[3];
		if (fread(o, 8, 3, f) != 3) fail("no offsets");
		for (int d = 0; d < 3; d++) offset[e][d] = o[d];
	}
	long begin = ftell(f);
	for (int e = 0; e <= entries; e++) {
		double *v = malloc(own * 8);
		fseek(f, begin + 8 * (e * total + first), SEEK_SET);
		if ((int64_t)fread(v, 8, own, f) != own) fail("values are missing");
		if (e < entries) value[e] = v; else rhs = v;
	}
	fclose(f);
}

// Result of a solve.
static int iterations;
static double residual, setup_s, solve_s;

static void report(const char *method) {
	if (rank == 0)
		printf("{\"method\":\"%s\",\"processes\":%d,\"iterations\":%d,\"residual\":%.3e,\"setup_s\":%.6f,\"solve_s\":%.6f}\n",
		       method, size, iterations, isfinite(residual) ? residual : -1, setup_s, solve_s);
}

enum krylov { none, cg, gmres };

// Solves by CG or GMRES, s, around p, since the time start. The calls are those of hypre for
// any kind of matrix.
static void solve_krylov(enum krylov outer, HYPRE_Solver s, HYPRE_Solver p, HYPRE_PtrToSolverFcn solve, HYPRE_PtrToSolverFcn setup,
                         HYPRE_Matrix A, HYPRE_Vector b, HYPRE_Vector x, double rtol, int limit, double start) {
	if (outer == cg) {
		HYPRE_PCGSetMaxIter(s, limit);
		HYPRE_PCGSetTol(s, rtol);
		HYPRE_PCGSetTwoNorm(s, 1);
		HYPRE_PCGSetPrecond(s, solve, setup, p);
		HYPRE_PCGSetup(s, A, b, x);
	} else {
		HYPRE_GMRESSetMaxIter(s, limit);
		HYPRE_GMRESSetTol(s, rtol);
		HYPRE_GMRESSetPrecond(s, solve, setup, p);
		HYPRE_GMRESSetup(s, A, b, x);
	}
	setup_s = MPI_Wtime() - start, start = MPI_Wtime();
	if (outer == cg) HYPRE_PCGSolve(s, A, b, x);
	else HYPRE_GMRESSolve(s, A, b, x);
	solve_s = MPI_Wtime() - start;
	if (outer == cg) HYPRE_PCGGetNumIterations(s, &iterations), HYPRE_PCGGetFinalRelativeResidualNorm(s, &residual);
	else HYPRE_GMRESGetNumIterations(s, &iterations), HYPRE_GMRESGetFinalRelativeResidualNorm(s, &residual);
}

static void solve_struct(int smg, enum krylov outer, double rtol, int limit) {
	HYPRE_StructGrid grid;
	HYPRE_StructStencil stencil;
	HYPRE_StructMatrix A;
	HYPRE_StructVector b, x;
	HYPRE_StructGridCreate(MPI_COMM_WORLD, dim, &grid);
	HYPRE_StructGridSetExtents(grid, lo, hi);
	HYPRE_StructGridAssemble(grid);
	HYPRE_StructStencilCreate(dim, entries, &stencil);
	for (int e = 0; e < entries; e++) HYPRE_StructStencilSetElement(stencil, e, offset[e]);
	HYPRE_StructMatrixCreate(MPI_COMM_WORLD, grid, stencil, &A);
	HYPRE_StructMatrixInitialize(A);
	for (int e = 0; e < entries; e++) HYPRE_StructMatrixSetBoxValues(A, lo, hi, 1, &e, value[e]);
	HYPRE_StructMatrixAssemble(A);
	double *zero = calloc(own, 8);
	HYPRE_StructVectorCreate(MPI_COMM_WORLD, grid, &b);
	HYPRE_StructVectorInitialize(b);
	HYPRE_StructVectorSetBoxValues(b, lo, hi, rhs);
	HYPRE_StructVectorAssemble(b);
	HYPRE_StructVectorCreate(MPI_COMM_WORLD, grid, &x);
	HYPRE_StructVectorInitialize(x);
	HYPRE_StructVectorSetBoxValues(x, lo, hi, zero);
	HYPRE_StructVectorAssemble(x);

	HYPRE_StructSolver p, s;
	double start = MPI_Wtime();
	if (smg) {
		HYPRE_StructSMGCreate(MPI_COMM_WORLD, &p);
		HYPRE_StructSMGSetMaxIter(p, outer ? 1 : limit);
		HYPRE_StructSMGSetTol(p, outer ? 0 : rtol);
		HYPRE_StructSMGSetLogging(p, 1);
		HYPRE_StructSMGSetNumPreRelax(p, 1);
		HYPRE_StructSMGSetNumPostRelax(p, 1);
	} else {
		int star = entries <= 2 * dim + 1; // red-black Gauss-Seidel is for these alone, Jacobi for others
		HYPRE_StructPFMGCreate(MPI_COMM_WORLD, &p);
		HYPRE_StructPFMGSetMaxIter(p, outer ? 1 : limit);
		HYPRE_StructPFMGSetTol(p, outer ? 0 : rtol);
		HYPRE_StructPFMGSetLogging(p, 1);
		HYPRE_StructPFMGSetRelaxType(p, star ? 2 : 1);
		HYPRE_StructPFMGSetRAPType(p, star ? 1 : 0);
		HYPRE_StructPFMGSetNumPreRelax(p, 1);
		HYPRE_StructPFMGSetNumPostRelax(p, 1);
	}
	HYPRE_PtrToStructSolverFcn solve = smg ? HYPRE_StructSMGSolve : HYPRE_StructPFMGSolve;
	HYPRE_PtrToStructSolverFcn setup = smg ? HYPRE_StructSMGSetup : HYPRE_StructPFMGSetup;
	if (outer == none) {
		setup(p, A, b, x);
		setup_s = MPI_Wtime() - start, start = MPI_Wtime();
		solve(p, A, b, x);
		solve_s = MPI_Wtime() - start;
		if (smg) HYPRE_StructSMGGetNumIterations(p, &iterations), HYPRE_StructSMGGetFinalRelativeResidualNorm(p, &residual);
		else HYPRE_StructPFMGGetNumIterations(p, &iterations), HYPRE_StructPFMGGetFinalRelativeResidualNorm(p, &residual);
		return;
	}
	if (smg) HYPRE_StructSMGSetZeroGuess(p); else HYPRE_StructPFMGSetZeroGuess(p);
	if (outer == cg) HYPRE_StructPCGCreate(MPI_COMM_WORLD, &s);
	else HYPRE_StructGMRESCreate(MPI_COMM_WORLD, &s);
	solve_krylov(outer, (HYPRE_Solver)s, (HYPRE_Solver)p, (HYPRE_PtrToSolverFcn)solve, (HYPRE_PtrToSolverFcn)setup,
	             (HYPRE_Matrix)A, (HYPRE_Vector)b, (HYPRE_Vector)x, rtol, limit, start);
}

static void solve_boomeramg(enum krylov outer, double rtol, int limit) {
	int64_t plane = total / n[dim - 1];
	HYPRE_BigInt first = lo[dim - 1] * plane, last = first + own - 1;
	HYPRE_IJMatrix ij;
	HYPRE_IJVector ijb, ijx;
	HYPRE_ParCSRMatrix A;
	HYPRE_ParVector b, x;
	HYPRE_IJMatrixCreate(MPI_COMM_WORLD, first, last, first, last, &ij);
	HYPRE_IJMatrixSetObjectType(ij, HYPRE_PARCSR);
	HYPRE_IJMatrixInitialize(ij);
	HYPRE_BigInt *rows = malloc(own * sizeof *rows);
	for (int64_t i = 0; i < own; i++) {
		HYPRE_BigInt row = first + i, columns[27];
		double v[27];
		int count = 0;
		int64_t at[3] = {row % n[0], row / n[0] % n[1], row / (n[0] * n[1])};
		for (int e = 0; e < entries; e++) {
			int inside = value[e][i] != 0;
			int64_t to[3];
			for (int d = 0; d < 3; d++) to[d] = at[d] + offset[e][d], inside = inside && to[d] >= 0 && to[d] < n[d];
			if (inside) columns[count] = to[0] + n[0] * (to[1] + n[1] * to[2]), v[count++] = value[e][i];
		}
		HYPRE_IJMatrixSetValues(ij, 1, &count, &row, columns, v);
		rows[i] = row;
	}
	HYPRE_IJMatrixAssemble(ij);
	HYPRE_IJMatrixGetObject(ij, (void **)&A);
	double *zero = calloc(own, 8);
	HYPRE_IJVectorCreate(MPI_COMM_WORLD, first, last, &ijb);
	HYPRE_IJVectorSetObjectType(ijb, HYPRE_PARCSR);
	HYPRE_IJVectorInitialize(ijb);
	HYPRE_IJVectorSetValues(ijb, own, rows, rhs);
	HYPRE_IJVectorAssemble(ijb);
	HYPRE_IJVectorGetObject(ijb, (void **)&b);
	HYPRE_IJVectorCreate(MPI_COMM_WORLD, first, last, &ijx);
	HYPRE_IJVectorSetObjectType(ijx, HYPRE_PARCSR);
	HYPRE_IJVectorInitialize(ijx);
	HYPRE_IJVectorSetValues(ijx, own, rows, zero);
	HYPRE_IJVectorAssemble(ijx);
	HYPRE_IJVectorGetObject(ijx, (void **)&x);

	HYPRE_Solver p, s;
	double start = MPI_Wtime();
	HYPRE_BoomerAMGCreate(&p); // defaults: HMIS, extended+i interpolation
	HYPRE_BoomerAMGSetMaxIter(p, outer ? 1 : limit);
	HYPRE_BoomerAMGSetTol(p, outer ? 0 : rtol);
	HYPRE_BoomerAMGSetStrongThreshold(p, dim == 3 ? .5 : .25);
	if (outer == cg) HYPRE_BoomerAMGSetRelaxType(p, 6); // symmetric Gauss-Seidel
	if (outer == none) {
		HYPRE_BoomerAMGSetup(p, A, b, x);
		setup_s = MPI_Wtime() - start, start = MPI_Wtime();
		HYPRE_BoomerAMGSolve(p, A, b, x);
		solve_s = MPI_Wtime() - start;
		HYPRE_BoomerAMGGetNumIterations(p, &iterations);
		HYPRE_BoomerAMGGetFinalRelativeResidualNorm(p, &residual);
		return;
	}
	if (outer == cg) HYPRE_ParCSRPCGCreate(MPI_COMM_WORLD, &s);
	else HYPRE_ParCSRGMRESCreate(MPI_COMM_WORLD, &s), HYPRE_GMRESSetKDim(s, 30);
	solve_krylov(outer, s, p, (HYPRE_PtrToSolverFcn)HYPRE_BoomerAMGSolve, (HYPRE_PtrToSolverFcn)HYPRE_BoomerAMGSetup,
	             (HYPRE_Matrix)A, (HYPRE_Vector)b, (HYPRE_Vector)x, rtol, limit, start);
}

int main(int argc, char **argv) {
	MPI_Init(&argc, &argv);
	MPI_Comm_rank(MPI_COMM_WORLD, &rank);
	MPI_Comm_size(MPI_COMM_WORLD, &size);
	HYPRE_Init();
	if (argc < 4) fail("usage: hypre SYSTEM METHOD RTOL [LIMIT]");
	read_system(argv[1]);
	const char *method = argv[2];
	double rtol = atof(argv[3]);
	int limit = argc > 4 ? atoi(argv[4]) : 200;
	enum krylov outer = strstr(method, "-cg") ? cg : strstr(method, "-gmres") ? gmres : none;
	if (strncmp(method, "pfmg", 4) == 0) solve_struct(0, outer, rtol, limit);
	else if (strncmp(method, "smg", 3) == 0) solve_struct(1, outer, rtol, limit);
	else if (strncmp(method, "boomeramg", 9) == 0) solve_boomeramg(outer, rtol, limit);
	else fail("unknown method");
	report(method);
	HYPRE_Finalize();
	MPI_Finalize();
	return 0;
}
