/*
 * The history protocol on PostgreSQL, for Spin (https://spinroot.com).
 *
 * Several runs work on two migrations, 0 and 1, each in a transaction (T) or
 * without one (N, two statements).  At any step a client is killed, its
 * connection is cut or the server crashes.  A client that was killed, failed
 * or was refused is started again, with --resume.
 *
 * Each step names the functions that it represents.  Who changes one of them
 * changes the step, too.  model.t holds the configurations; W_... is a wrong
 * design, of which model.t checks that it fails.
 *
 * Not modeled: SQL, checksums, --lock-wait that runs out, statements that
 * commit in part or together with their entry, blocks of a file,
 * --single-transaction, redo, and what is reported apart from the outcome.
 */
#include "server.pml"
#include "plan.pml"

/* attempt_reopen(), or a new run: a lost backend may still be at work. */
inline connect() {
	atomic {
		if
		:: !alive[2 * i] -> b = 2 * i
		:: alive[2 * i] && !alive[2 * i + 1] -> b = 2 * i + 1
		fi;
		alive[b] = 1; client[b] = 1
	}
}
/* outside_guard(), outside_check_journal(), and the compare-and-set */
inline n_check() {
	if
	:: !XACT_FREE || ROW_MOVED -> goto n_guard
	:: else -> if
		:: !ours && MOVED_FIRST -> goto again
		:: else -> if
			:: CAS_FIRST || CAS(seen[i]) -> pm[b] = m;
				TAKE_XACT; TAKE_SESSION;
				DRAW_TOKEN
			:: else -> goto failed
			fi
		fi
	fi
}
proctype runner(byte i; byte role) {
	byte b, m, k, v, p, agreed, z, sent, state;
	bit first, agreed_half, second, ours;

start:	connect();
	if	/* run_execute(), run_amend(): what is shown, and agreed to */
	CRASHED(failed)
	:: atomic { client[b] -> load(); first = 1; decide();
		if
		:: p == REFUSE -> goto failed
		:: p == 0 -> goto success
		:: else -> before[i] = seen[i]
		fi }
	fi;
#ifndef W_NORETAKE
again:
#endif
	if	/* lock_take(), polling: after STEP_LOOK_AGAIN, too */
	CRASHED(failed)
	:: atomic { client[b] && SESSION_FREE -> TAKE_SESSION }
	fi;
#ifdef W_NORETAKE
again:	skip;
#endif
	if :: AMENDS -> goto amend :: else fi;
read:	if	/* run_locked() */
	LOST(failed)
	:: atomic { client[b] -> load(); decide();
		if
		:: p == REFUSE -> goto failed
		:: PREPARES -> goto prepare
		:: else
		fi }
	fi;
next:	atomic {	/* run_steps() */
		ours = 0; second = 0; before[i] = 0; k = 0; state = 0;
		if
		:: p == 0 -> goto success
		:: else -> m = (p == 2 || (p == 3 && BACKWARD) -> 1 : 0)
		fi;
		/* P9: nothing runs but what was agreed to. */
		assert(agreed & BIT(m));
		if :: IN_TRANSACTION -> goto t_begin :: else -> goto n_begin fi
	}

	/* transaction_try(): tx_lock(), tx_look(), run_check_unmoved() */
t_begin:
	if
	LOST(t_lost)
	/* attempt_raced(), attempt_locked_out() */
	:: atomic { client[b] && op[b] == 0 && !XACT_FREE && IS_DONE ->
		goto again }
	:: atomic { client[b] && op[b] == 0 && !XACT_FREE && !second ->
		second = 1; goto t_begin }
	:: atomic { client[b] && op[b] == 0 && XACT_FREE ->
		if
#ifndef W_NOLOOK
		/* attempt_raced() */
		:: ROW_MOVED && IS_DONE -> goto again
		:: ROW_MOVED && !IS_DONE -> goto failed
		:: !ROW_MOVED && MOVED && (SHARED || MOVED_SECOND ||
		    (v & UNMADE)) -> goto again
#endif
		:: else -> TAKE_XACT; pm[b] = m
		fi }
	fi;
	if
	:: seen[i] == 0
	:: seen[i] != 0 -> if	/* transaction_claim_entry() */
		LOST(t_lost)
		:: atomic { client[b] && ALL(NO_ENTRY) ->
			if
			:: CAS(seen[i]) -> pclear[b] = 1
			:: else -> end_transaction(b); goto again
			fi }
		fi
	fi;
#ifdef W_ONEMSG
	if LOST(t_lost) :: atomic { client[b] -> op[b] = EVERYTHING } fi;
	if LOST(t_lost) :: atomic { client[b] && answer[b] -> goto t_answer }
	fi;
#endif
	if	/* body_run() */
	LOST(t_lost)
	:: atomic { client[b] -> enter_body(b); UNLOCK_BODY;
		pbody[b] = (BACKWARD -> 2 : 1) }
#if FAILS
	:: atomic { client[b] && CAN(fails) -> USE(fails); UNLOCK_BODY;
		end_transaction(b); sent = 0; answer[b] = 0; goto t_retry }
#endif
	fi;
	if	/* postgres_settle() */
	LOST(t_lost)
	:: atomic { client[b] -> TAKE_SESSION }
	fi;
	if	/* writes_apply(), writes_rollback(), attempt_raced() */
	LOST(t_lost)
	:: atomic { client[b] && ALL(NO_ROW) ->
		if
#ifndef W_UPSERT
		:: !BACKWARD && ROW -> end_transaction(b); goto again
#endif
		:: BACKWARD && (v & BIT(m)) && !ROW -> goto failed
		:: else -> prow[b] = (!BACKWARD -> 1 : (ROW -> 2 : 0))
		fi }
	fi;
	if	/* transaction_commit(), step_send() */
	LOST(t_lost)
	:: atomic { client[b] -> op[b] = COMMIT; sent = 0; answer[b] = 0;
		if
		:: GOES_AHEAD -> sent = m + 1; remember(); goto next
		:: else
		fi }
	fi;
t_answer:
	if
	LOST(doubt)
	:: atomic { client[b] && answer[b] == OK -> answer[b] = 0; remember();
		goto next }
	:: atomic { client[b] && answer[b] == REFUSED -> answer[b] = 0;
		goto again }
	fi;
t_retry:
	if	/* postgres_reset(): DISCARD_LOCKS */
	LOST(failed)
	:: atomic { client[b] -> TAKE_SESSION; second = 1; goto t_begin }
	fi;
t_lost:	/* step_confirm(): that of the step before is in doubt */
	if
	:: atomic { sent == 0 ->
#ifdef W_ONEMSG
		assert(op[b] != EVERYTHING);	/* P5 */
#endif
		goto failed }
	:: atomic { sent != 0 -> m = sent - 1; sent = 0 }
	fi;

	/* attempt_lost(), step_confirm(), outside_find_out() */
doubt:	connect();
#ifndef W_NOWAIT
	if	/* attempt_outlast() */
	CRASHED(doubt) KILLED
	:: atomic { client[b] && OUTLASTED -> TAKE_SESSION }
	fi;
#endif
	if
	LOST(doubt)
	:: atomic { client[b] ->
		if
		:: IS_DONE -> remember();
#ifdef W_NOF1
			goto next
#endif
		/* P5: what is reported as failed is not committed later. */
		:: else -> assert(!ON_ITS_WAY(2 * i) &&
			    !ON_ITS_WAY(2 * i + 1));
			goto failed
		fi;
		if :: p == 0 -> goto success :: else -> goto again fi }
	fi;

	/* outside_init(), resume_take() */
n_begin:
	atomic {
		if
		:: seen[i] == 0 -> k = 1
		:: seen[i] != 0 && J_BACK(seen[i]) != BACKWARD -> k = 1;
			before[i] = seen[i]
		:: else -> if
			:: J_STATE(seen[i]) == DONE -> k = J_K(seen[i]) + 1
			:: J_STATE(seen[i]) == UNDONE -> k = J_K(seen[i])
			:: J_STATE(seen[i]) == STARTED -> goto ask
			fi
		fi }
	if	/* outside_check_plan(), in a transaction of its own */
	LOST(doubt)
	:: atomic { client[b] ->
		if
		:: !XACT_FREE || ROW_MOVED -> goto n_guard
		:: XACT_FREE && !ROW_MOVED && MOVED_PLAN -> goto again
		:: else -> TAKE_SESSION
		fi }
	fi;
n_next:	if :: k > STATEMENTS -> goto n_finish :: else fi;
	state = STARTED;
#ifdef W_NOSTARTED
	goto n_entered;
#endif
n_enter:
	if	/* outside_enter(), outside_close() */
	LOST(doubt)
	:: atomic { client[b] && ALL(NO_ENTRY) -> n_check();
		pjournal[b] = ENTRY(m, BACKWARD, k, state, token[i]);
		op[b] = COMMIT }
	fi;
	if
	LOST(doubt)
	:: atomic { client[b] && answer[b] == OK -> answer[b] = 0; ours = 1;
		seen[i] = ENTRY(m, BACKWARD, k, state, token[i]);
		DROP_TOKEN;
		if :: state == DONE -> k++; state = 0; goto n_next :: else fi }
	fi;
n_entered:
	if	/* outside_alone() */
	LOST(doubt)
	:: atomic { client[b] -> pm[b] = m; pk[b] = k; pback[b] = BACKWARD;
		op[b] = RUN }
	fi;
	if	/* outside_again(): a lock; or the run fails */
	LOST(doubt)
	:: atomic { client[b] && answer[b] == OK -> answer[b] = 0 }
	:: atomic { client[b] && answer[b] == REFUSED -> answer[b] = 0;
		goto n_next }
	:: atomic { client[b] && answer[b] == REFUSED -> answer[b] = 0;
		goto n_back }
	fi;
	atomic { state = DONE; goto n_enter }
n_finish:
	if	/* outside_finish() */
	LOST(doubt)
	:: atomic { client[b] && ALL(NO_ROW) && ALL(NO_ENTRY) -> n_check();
		prow[b] = (!BACKWARD -> 1 : (ROW -> 2 : 0)); pclear[b] = 1;
		op[b] = COMMIT; goto t_answer }
	fi;
n_guard:
	atomic {	/* outside_raced() */
		if :: !ours && IS_DONE -> goto again :: else -> goto failed fi
	}
n_back:	/* outside_take_back(): in no transaction, with no lock */
	if
	LOST(failed)
	:: atomic { client[b] -> pseen[b] = seen[i]; DRAW_TOKEN;
		if
		:: k == 1 -> pjournal[b] = NONE_DONE
		:: else -> pjournal[b] =
		    ENTRY(m, BACKWARD, k - 1, DONE, token[i])
		fi;
		DROP_TOKEN; op[b] = BACK }
	fi;
	if
	LOST(failed)
	:: atomic { client[b] && answer[b] == OK -> goto failed }
	fi;

	/*
	 * Exit status 7; the operator looks when nothing runs and no lock is
	 * held, then: repair --statement K=done|undone, amend_locked().
	 */
ask:	atomic { client[b] = 0; k = 0 }
	atomic { ALL(IDLE) && sess == NONE ->
		k = (((BACKWARD -> und : eff) &
		    STATEMENT(J_M(seen[i]), J_K(seen[i]))) -> DONE : UNDONE) }
#ifdef W_BYHAND	/* UPDATE ... SET state, without lock or compare */
	atomic { ALL(NO_ENTRY) ->
		journal = (journal == 0 -> 0 :
		    (journal & ~(3 << 5)) | (k << 5));
		goto failed }
#endif
	connect();
	if
	LOST(failed)
	:: atomic { client[b] && SESSION_FREE -> TAKE_SESSION }
	fi;
	if
	LOST(failed)
	:: atomic { client[b] && XACT_FREE && ALL(NO_ENTRY) ->
		if
		:: CAS(seen[i]) -> TAKE_XACT; pm[b] = J_M(seen[i]);
			pjournal[b] = (seen[i] & ~(3 << 5)) | (k << 5);
			op[b] = COMMIT
		:: else -> goto failed
		fi }
	fi;
	if
	LOST(failed)
	:: atomic { client[b] && answer[b] == OK -> goto failed }
	fi;

	/* run_prepare_tables(), adopt_rows(): no row to lock before */
prepare:
	if
	LOST(failed)
	:: atomic { client[b] && (XACT_FREE || ROWLESS) && ALL(NO_MAKER) ->
		if
		:: MOVED -> goto again
		:: else -> if :: !ROWLESS -> TAKE_XACT :: else fi;
			pbody[b] = 4; op[b] = COMMIT
		fi }
	fi;
	if
	LOST(unsure)
	:: atomic { client[b] && answer[b] == OK -> answer[b] = 0; goto read }
	fi;
unsure:	connect();	/* own_look() */
	if
	LOST(unsure)
	:: atomic { client[b] && (OUTLASTED || ROWLESS) -> goto again }
	fi;

amend:	/* amend_write_all(): decided anew, in its transaction */
	if
	LOST(failed)
	:: atomic { client[b] && XACT_FREE && ALL(NO_ENTRY) && ALL(NO_ROW) ->
		load(); decide();
		if
		:: p == REFUSE || (role == CLEAR && !CAS_CLEAR) -> goto failed
		:: p == 0 -> goto success
		:: else -> TAKE_XACT; pm[b] = (p & 1 -> 0 : 1); op[b] = COMMIT;
			if
			:: role == STAMP -> pbody[b] = 1; prow[b] = 1
			:: else -> pbody[b] = 3; pclear[b] = 1;
				pseen[b] = before[i]
			fi
		fi }
	fi;
	if
	LOST(failed)
	:: atomic { client[b] && answer[b] == OK -> goto success }
	fi;

failed:	atomic {
		client[2 * i] = 0; client[2 * i + 1] = 0;
		v = 0; p = 0; m = 0; k = 0; agreed = 0; sent = 0; second = 0;
		state = 0; DROP_TOKEN;
		ours = 0; agreed_half = 0; seen[i] = 0; before[i] = 0;
		goto start }
success:
	/* P2 */
	atomic { assert(role != APPLY || BACKWARD_TOO || (rows == 3 &&
		    eff == (EFFECTS(0) | EFFECTS(1))));
		client[2 * i] = 0; client[2 * i + 1] = 0 }
}

init {
	byte n;

	atomic {
		eff = ((ROWS & (1 | BY_HAND)) -> EFFECTS(0) : 0) |
		    ((ROWS & 2) -> EFFECTS(1) : 0);
#if CRASHES
		run crash();
#endif
		do :: n < NB -> run backend(n); n++ :: else -> break od;
		run runner(0, ROLE0); run runner(1, ROLE1);
#if NR > 2
		run runner(2, ROLE2);
#endif
		n = 0
	}
}
