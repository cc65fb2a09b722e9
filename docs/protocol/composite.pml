/*
 * A composite that is interrupted while it waits, or while it is being scheduled, again and again, and goes on or is aborted: then what
 * has not started below it is taken back, step by step, by handleInterrupt jobs that die in between and run again, also two runs at once.
 *
 * Composite C, its postprocess P, two parts below P. Each atomic block is one script in Redis. README.md says what is proved.
 */
#ifndef MAXI
#define MAXI 2        /* interrupts of the composite */
#endif
#ifndef MAXDIE
#define MAXDIE 1      /* runs of handleInterrupt jobs that die, or are taken away and go on */
#endif
#ifndef MAXAGAIN
#define MAXAGAIN 1    /* parts, or postprocesses, that are interrupted and run again */
#endif
#define P 2
#define C 3
/* Where a job is. */
#define GONE 0
#define WAIT 1
#define ACTIVE 2
#define CHILDREN 3    /* it waits for those below it */
#define DONE 4
/* Who owns the composite while it waits, or holds its claim: a dispatcher, or interrupt 1, 2, … */
#define DISPATCHER 0
/* The result of the composite. */
#define JOINED 1
#define ABORTED 2

byte st[4]; bit linked[3];             /* linked: it stands below the one that waits for it */
byte owner; byte lock; bit marked;     /* of the composite; lock: who holds its claim */
byte interruptions; byte result;
byte hst[MAXI+1]; byte claims[MAXI+1]; /* handleInterrupt jobs, with the numbers of their claims */
byte decided[MAXI+1];                  /* what each interrupt came to: 1 it goes on, 2 it is aborted */
byte dies, agains;

#define childrenOfP (linked[0] + linked[1])
#define hasEnded(x) (st[x]==DONE || st[x]==GONE)
#define allEnded (hasEnded(0) && hasEnded(1) && hasEnded(P) && st[C]==DONE && (interruptions<1 || hst[1]==DONE) && (interruptions<2 || hst[2]==DONE))
#define holds(n) ((st[C]==ACTIVE && lock==n) || owner==n)
#ifdef MUTANT_NO_FENCE
#define accepted(n) (1)
#else
#define accepted(n) holds(n)
#endif

inline wakeC() { if :: st[C]==CHILDREN && !linked[P] -> st[C]=WAIT :: else fi }
inline interrupt() { interruptions++; hst[interruptions]=WAIT }

/* A part: it is claimed, perhaps interrupted and run again, and ends. */
proctype Part(byte x) {
  do
  :: atomic { st[x]==WAIT -> st[x]=ACTIVE }
  :: atomic { st[x]==ACTIVE && agains<MAXAGAIN -> agains++; st[x]=WAIT }
  :: atomic { st[x]==ACTIVE ->
       st[x]=DONE;
       if
       :: linked[x] -> linked[x]=0; if :: st[P]==CHILDREN && childrenOfP==0 -> st[P]=WAIT :: else fi
       :: else
       fi;
       break }
  :: atomic { st[x]==GONE -> break }
  od
}

proctype Postprocess() {
  do
  /* It sees every part completed. */
  :: atomic { st[P]==WAIT -> assert(st[0]==DONE && st[1]==DONE); st[P]=ACTIVE }
  :: atomic { st[P]==ACTIVE && agains<MAXAGAIN -> agains++; st[P]=WAIT }
  :: atomic { st[P]==ACTIVE -> st[P]=DONE; if :: linked[P] -> linked[P]=0; wakeC() :: else fi; break }
  :: atomic { st[P]==GONE -> break }
  od
}

/* The composite, and the deaths of those who own it. */
proctype Composite() {
  bit read;   /* the mark, as its claim brought it */
  do
  :: atomic { st[C]==CHILDREN && owner==DISPATCHER && interruptions<MAXI -> interrupt(); owner=interruptions }
  :: atomic { st[C]==WAIT -> st[C]=ACTIVE; lock=DISPATCHER; read=marked }
  :: atomic { st[C]==ACTIVE && lock==DISPATCHER && interruptions<MAXI -> interrupt(); lock=interruptions }
  :: atomic { st[C]==ACTIVE && lock==DISPATCHER ->
       if
       :: read -> result=ABORTED; st[C]=DONE; break
       :: !read && st[P]==DONE -> result=JOINED; st[C]=DONE; break
       /* What is gone is a failure to it: only an abort takes anything back. */
       :: !read && st[P]==GONE -> assert(false)
       :: else -> owner=DISPATCHER; if :: linked[P] -> st[C]=CHILDREN :: else -> st[C]=WAIT fi
       fi }
  :: atomic { st[C]==DONE -> break }
  od
}

/* One name of a step of taking back, fenced by the interrupt. */
inline takeBack(x) {
  if
  :: !accepted(n) -> goto refused
  :: else ->
     if
     :: linked[x] && (st[x]==ACTIVE || st[x]==DONE) -> linked[x]=0
     :: linked[x] && (st[x]==WAIT || st[x]==CHILDREN) -> linked[x]=0; st[x]=GONE
     :: else
     fi
  fi
}

/* The process that runs it dies between two steps. */
#define MAY_DIE if :: atomic { dies<MAXDIE && hst[n]==ACTIVE && claims[n]==claim -> \
  dies++; hst[n]=WAIT; n=0; claim=0; started=0; ask=0; goto claims_ } :: true fi

/* A run of handleInterrupt jobs: two at once, one of which may be of a dispatcher that was found dead. */
proctype Interrupts() {
  byte n, claim; bit started, ask;
claims_:
  if
  :: atomic { allEnded -> goto ended }
  :: atomic { hst[1]==WAIT -> n=1; hst[n]=ACTIVE; claims[n]++; claim=claims[n] }
  :: atomic { hst[2]==WAIT -> n=2; hst[n]=ACTIVE; claims[n]++; claim=claims[n] }
  fi;
  /* It reads. */
  atomic {
    if
    :: !holds(n) -> goto refused
    :: else -> started = (st[C]==ACTIVE && lock==n); ask = !marked
#ifdef MUTANT_STARTED_UNMARKED
       if :: started -> ask = 1 :: else fi
#endif
    fi
  }
#ifdef MUTANT_ASKS_AGAIN
  ask = 1;
#endif
  MAY_DIE;
  /* The policy: it may answer otherwise when it is asked again. */
  if
  :: ask -> goto again
  :: true -> skip
  fi;
#ifndef MUTANT_NO_MARK
#ifdef MUTANT_STARTED_UNMARKED
  atomic { if :: !accepted(n) -> goto refused :: started -> skip :: else -> marked=1; assert(decided[n]!=1); decided[n]=2 fi };
#else
  atomic { if :: !accepted(n) -> goto refused :: else -> marked=1; assert(decided[n]!=1); decided[n]=2 fi };
#endif
  MAY_DIE;
#endif
#ifdef MUTANT_PARTS_FIRST
  atomic { takeBack(0) }; atomic { takeBack(1) }; MAY_DIE; atomic { takeBack(P) };
  MAY_DIE;
#else
  atomic { takeBack(P) }; MAY_DIE; atomic { takeBack(0) }; atomic { takeBack(1) };
  MAY_DIE;
#endif
#ifndef MUTANT_NO_WAKE
  atomic { if :: !accepted(n) -> goto refused :: else -> wakeC() fi };
#endif
  atomic { if :: started && st[C]==ACTIVE && lock==n -> st[C]=DONE; assert(result==0); result=ABORTED :: else fi };
  goto refused;
again:
  atomic {
    if
    :: started && st[C]==ACTIVE && lock==n -> st[C]=WAIT; lock=DISPATCHER   /* where it is marked, its next claim ends it */
#ifdef MUTANT_OWNS_ABORTED
    :: !started && accepted(n) -> owner=DISPATCHER; decided[n]=1
#else
    :: !started && accepted(n) && !marked -> owner=DISPATCHER; assert(decided[n]!=2); decided[n]=1
#endif
    :: else
    fi
  };
refused:
  atomic { if :: hst[n]==ACTIVE && claims[n]==claim -> hst[n]=DONE :: else fi; n=0; claim=0; started=0; ask=0 };
  goto claims_;
ended:
  skip
}
/* Runs of handleInterrupt jobs die, or are taken away from dispatchers that go on. */
proctype Deaths() {
  do
  :: atomic { dies<MAXDIE && hst[1]==ACTIVE -> dies++; hst[1]=WAIT }
  :: atomic { dies<MAXDIE && hst[2]==ACTIVE -> dies++; hst[2]=WAIT }
  :: break
  od
}
init {
  atomic {
    /* All is scheduled; it waits already, or is about to. */
    if :: st[C]=CHILDREN :: st[C]=ACTIVE; lock=DISPATCHER fi;
    st[0]=WAIT; st[1]=WAIT; st[P]=CHILDREN; linked[0]=1; linked[1]=1; linked[P]=1; owner=DISPATCHER;
    run Part(0); run Part(1); run Postprocess(); run Composite(); run Interrupts(); run Interrupts(); run Deaths()
  }
  allEnded;
  assert(result==JOINED || result==ABORTED);
  assert(result==ABORTED || (st[0]==DONE && st[1]==DONE && st[P]==DONE))
}
