/*
 * Hands: a slot ends several jobs, gives back others, and claims the next ones in one script.
 *
 * Two dispatchers (D) with one slot each, three jobs, hands of up to two. One job may be a poison:
 * each run of it kills its process. Each atomic block is one script in Redis, or one step inside a
 * process. A request is done at once, or later, or never; its reply comes later, or is lost.
 * A lane has no order here: a claim takes any job that waits. models.md says what is proved.
 */
#ifndef MAXLOST
#define MAXLOST 1     /* replies that are lost */
#endif
#ifndef MAXCRASH
#define MAXCRASH 0    /* processes that die, other than by the poison */
#endif
#ifndef MAXFALSE
#define MAXFALSE 0    /* dispatchers that are declared dead, rightly or wrongly */
#endif
#ifndef MAXLATE
#define MAXLATE 1     /* claims by a dispatcher that does not know that it was declared dead */
#endif
#ifndef MAXCANCEL
#define MAXCANCEL 0
#endif
#ifndef MAXSTOP
#define MAXSTOP 0     /* orderly stops, with a restart */
#endif
#ifndef MAXI
#define MAXI 1        /* interrupts that a job's policy allows */
#endif
#ifndef POISON
#define POISON 2      /* the job that kills its process; 9: none */
#endif
#ifndef JOBS
#define JOBS 3        /* 2: the third has ended before */
#endif
#ifndef NEVER
#define NEVER 9       /* a job whose policy allows no interrupt; 9: none */
#endif
#ifndef OTHER
#define OTHER 9       /* a job whose end is written by itself: the slot or the script sees it */
#endif
#define NJ 3
#define NONE 9
/* Where a job is. */
#define WAIT 0
#define ACTIVE 1
#define DONE 2
#define ABORTED 3
#define CANCELLED 4
/* By what a job is held: a claim of dispatcher 0 or 1, its interrupt, its cancel. */
#define SYS 2
#define CAN 3
/* What a slot knows of a job of its hand. */
#define FRESH 0       /* claimed, and not begun */
#define RUNS 1
#define RAN 2         /* its value is in memory */
#define UNCLEAR 3     /* its end was sent, and the reply was lost */
#define ITSELF 4      /* its end is to be written by itself */
/* What became of the last claim of a job. */
#define NEW 0
#define BEGUN 1
#define BACK 2        /* it was given back, or put back by a reconcile pass */
/* What becomes of a request. */
#define ANSWERED 0
#define UNANSWERED 1  /* it is done, and the reply is lost */
#define DROPPED 2     /* it is never done */
#define LATE 3        /* it is done later, when nobody waits for the reply */

/* Redis: jobs. Claim n of a job has the token n: a token is never used twice for a job. */
byte st[NJ]; byte by[NJ]; byte ep[NJ]; byte claims[NJ]; byte intr[NJ]; bit cans[NJ];
/* The activation of each dispatcher, and the last one that was declared dead. */
byte epoch[2]; byte deadEp[2];
/* A late request: whose; what it ends or gives back; how many jobs it claims. */
byte gd = NONE, ge, gj[2] = NONE, gf[2], gs[2], gn;
/* What must be true: the claim that ended the job; what became of its last claim; how often it was
   in the hand of a run that killed its process; its decided interrupts. */
byte won[NJ]; byte last[NJ]; byte struck[NJ]; byte decided[NJ];
/* What has gone wrong so far. */
byte lost, crashes, falses, lates, cancels, stops;

#define ended(x) (st[x]>=DONE)
#define allEnded (ended(0) && ended(1) && ended(2))
#define held(x,d,f) (st[x]==ACTIVE && by[x]==d && claims[x]==f)
#ifdef MUTANT_NO_FENCE
#define accepted(x,d,f) (st[x]==ACTIVE)
#elif defined(MUTANT_SAME_TOKENS)
#define accepted(x,d,f) (st[x]==ACTIVE && by[x]==d)
#else
#define accepted(x,d,f) held(x,d,f)
#endif

/* The slot. */
#define has(s) ((hj[0]!=NONE && hs[0]==s) || (hj[1]!=NONE && hs[1]==s))
#define isEmpty (hj[0]==NONE && hj[1]==NONE)
#ifdef MUTANT_CLAIMS_UNCLEAR
#define isFree \
  (!has(FRESH) && !has(RUNS) && !has(RAN) && !has(ITSELF) && (hj[0]==NONE || hj[1]==NONE))
#else
#define isFree isEmpty
#endif
#define inHand(x,i) (hj[i]==x && hf[i]==claims[x])
/* A token is in use from before it is sent until its last use has been answered. */
#ifdef MUTANT_NO_RECONCILE
#define inUse(x) true
#elif defined(MUTANT_SAME_TOKENS)
#define inUse(x) (!isEmpty || asked)
#elif defined(MUTANT_AUDIT_BY_RUN)
#define inUse(x) ((inHand(x,0) && hs[0]!=FRESH) || (inHand(x,1) && hs[1]!=FRESH))
#elif defined(MUTANT_RETIRES_ENDS)
#define inUse(x) ((inHand(x,0) && hs[0]!=UNCLEAR) || (inHand(x,1) && hs[1]!=UNCLEAR))
#elif defined(MUTANT_KEEPS_GIVEN)
#define inUse(x) (inHand(x,0) || inHand(x,1) || kept[x]==claims[x])
#else
#define inUse(x) (inHand(x,0) || inHand(x,1))
#endif
#define isOwn(x) (st[x]==ACTIVE && by[x]==d && ep[x]==epoch[d])
/* The reconcile pass: own claims whose token is not in use. */
#define UNUSED(x) (isOwn(x) && !inUse(x))
/* What an activation left behind: an earlier one of its own, or one that was declared dead. */
#define LEFT(x) (st[x]==ACTIVE && ((by[x]==d && ep[x]<epoch[d]) || (by[x]==o && ep[x]<=deadEp[o])))

#define isDeposed (epoch[d]<=deadEp[d])
#define mayClaim (!stopping && (!isDeposed || lates<MAXLATE))

inline release(x) { by[x]=0; ep[x]=0 }
/* The end of a job, and the give-back of one: parts of a script. */
inline end(x,f,whose) {
  assert(by[x]==whose && f==claims[x] && won[x]==0);
  st[x]=DONE; won[x]=f; release(x)
}
inline giveBack(x,f,whose) {
  assert(by[x]==whose && f==claims[x]);
  assert(last[x]==NEW);                   /* a run of it would be repeated, and not counted */
  st[x]=WAIT; last[x]=BACK; release(x)
}
/* What the slot reports of the end of a job must be so. */
inline tell(x,f,isStored) { assert(isStored == (won[x]==f)) }

/* The first part of the script: it ends jobs and gives back others, each under its own token. */
#ifdef MUTANT_TIMER_GIVES_BEGUN
#define isGiven(s) (s==FRESH || s==RUNS)
#else
#define isGiven(s) (s==FRESH)
#endif
inline writeOne(x,f,s,whose) {
  if
  :: x!=NONE && x!=OTHER && s==RAN && accepted(x,whose,f) -> end(x,f,whose)
  :: x!=NONE && isGiven(s) && accepted(x,whose,f) -> giveBack(x,f,whose)
  :: else
  fi
}
#ifdef MUTANT_ALL_OR_NOTHING
#define bears(x,f,s,whose) (x==NONE || s==RUNS || accepted(x,whose,f))
#else
#define bears(x,f,s,whose) true
#endif
inline write(x0,f0,s0,x1,f1,s1,whose) {
  if
  :: bears(x0,f0,s0,whose) && bears(x1,f1,s1,whose) ->
     writeOne(x0,f0,s0,whose); writeOne(x1,f1,s1,whose)
  :: else
  fi
}
/* The script leaves this end to the slot. Then it claims nothing. */
#define leaves(x,f,s,whose) (x!=NONE && x==OTHER && s==RAN && accepted(x,whose,f))
/* The second part: it claims up to n jobs. A job is claimed alone that was claimed
   before, or whose policy allows no interrupt. */
inline take(x,whose,e) {
  st[x]=ACTIVE; by[x]=whose; ep[x]=e; claims[x]++; last[x]=NEW
}
inline keep(x) { hf[k]=claims[x]; hs[k]=FRESH; hq[k]=intr[x]+cans[x]; hj[k]=x; asked=1 }
#ifdef MUTANT_TOGETHER
#define mayJoin(x) (st[x]==WAIT)
#define isAlone(x) false
#elif defined(MUTANT_NEVER_JOINS)
#define mayJoin(x) (st[x]==WAIT && claims[x]==0)
#define isAlone(x) (claims[x]>1)
#else
#define mayJoin(x) (st[x]==WAIT && claims[x]==0 && x!=NEVER)
#define isAlone(x) (claims[x]>1 || x==NEVER)
#endif
inline claim(n,whose,e,isKept) {
  if
  :: n>0 ->
     if
     :: st[0]==WAIT -> p=0 :: st[1]==WAIT -> p=1 :: st[2]==WAIT -> p=2
     :: else -> p=NONE
     fi;
     if
     :: p!=NONE ->
        take(p,whose,e); if :: isKept -> k=(hj[0]==NONE -> 0 : 1); keep(p); k=0 :: else fi;
        if
        :: n>1 && !isAlone(p) ->
           if
           :: mayJoin(0) -> p=0 :: mayJoin(1) -> p=1 :: mayJoin(2) -> p=2
           :: else -> p=NONE
           fi;
           if :: p!=NONE -> take(p,whose,e); if :: isKept -> k=1; keep(p); k=0 :: else fi :: else fi
        :: else
        fi
     :: else
     fi;
     p=0
  :: else
  fi
}

inline forgetEntry(k) { hj[k]=NONE; hf[k]=0; hs[k]=0; hq[k]=0 }
inline forgetHand() { forgetEntry(0); forgetEntry(1); asked=0 }
inline pickFate() {
  if
  :: fate=ANSWERED
  :: lost<MAXLOST -> lost++;
     if :: fate=UNANSWERED :: fate=DROPPED :: gd==NONE -> fate=LATE fi
  fi
}
/* What the slot makes of the answer for one job: all but what runs leaves the hand. */
inline settle(k) {
  if
  :: leaves(hj[k],hf[k],hs[k],d) && fate==ANSWERED -> hs[k]=ITSELF
  :: hj[k]!=NONE && hs[k]==RAN && fate==ANSWERED && !leaves(hj[k],hf[k],hs[k],d) ->
#ifdef MUTANT_REFUSAL_IGNORED
     tell(hj[k],hf[k],true);
#endif
     forgetEntry(k)
  :: hj[k]!=NONE && hs[k]==RAN && fate!=ANSWERED ->
#ifdef MUTANT_LOST_STORED
     tell(hj[k],hf[k],true); forgetEntry(k)
#elif defined(MUTANT_LOST_RERUN)
     hs[k]=FRESH
#else
     hs[k]=UNCLEAR
#endif
#ifdef MUTANT_RUNS_GIVEN
  :: hj[k]!=NONE && hs[k]==FRESH && fate!=ANSWERED -> forgetEntry(k)
#elif defined(MUTANT_KEEPS_GIVEN)
  :: hj[k]!=NONE && hs[k]==FRESH ->
     if :: fate!=ANSWERED -> kept[hj[k]]=hf[k] :: else fi; forgetEntry(k)
#else
  :: hj[k]!=NONE && hs[k]==FRESH -> forgetEntry(k)
#endif
  :: else
  fi
}
inline sendLater(k) {
  if
  :: hj[k]!=NONE && (hs[k]==RAN || hs[k]==FRESH) -> gj[k]=hj[k]; gf[k]=hf[k]; gs[k]=hs[k]
  :: else
  fi
}
/* The script `hand`. */
inline send() {
  if :: n>0 && isDeposed -> lates++ :: else fi;
  pickFate();
  if
  :: fate==ANSWERED || fate==UNANSWERED -> write(hj[0],hf[0],hs[0],hj[1],hf[1],hs[1],d)
  :: fate==LATE -> gd=d; ge=epoch[d]; gn=n; sendLater(0); sendLater(1)
  :: else
  fi;
  if
  :: leaves(hj[0],hf[0],hs[0],d) || leaves(hj[1],hf[1],hs[1],d) -> n=0
  :: else
  fi;
  settle(0); settle(1);
  if
  :: fate==ANSWERED -> claim(n,d,epoch[d],true)
  :: fate==UNANSWERED -> claim(n,d,epoch[d],false)   /* the slot retires the tokens */
  :: else
  fi;
  n=0; fate=0
}
#ifdef MUTANT_NO_TIMER
#define isTimely stopping
#else
#define isTimely (has(RUNS) || has(RAN) || has(ITSELF) || stopping)
#endif

/* An end by itself: the first attempt, or one of those after a lost reply. */
inline endOne(k) {
  q=hj[k];
  if
  :: accepted(q,d,hf[k]) ->
     pickFate();
     if
     :: fate==ANSWERED -> end(q,hf[k],d); tell(q,hf[k],true); forgetEntry(k)
     :: fate==UNANSWERED -> end(q,hf[k],d); hs[k]=UNCLEAR
     :: fate==LATE -> gd=d; ge=epoch[d]; gj[0]=q; gf[0]=hf[k]; gs[0]=RAN; hs[k]=UNCLEAR
     :: fate==DROPPED -> hs[k]=UNCLEAR
     fi;
     fate=0
  :: else ->
     /* Refused. After a lost reply the job tells whether an earlier attempt was stored. */
     if
#ifndef MUTANT_NOT_READ
     :: hs[k]==UNCLEAR && hq[k]==intr[q]+cans[q] -> tell(q,hf[k],true)
#endif
     :: else -> tell(q,hf[k],false)
     fi;
     forgetEntry(k)
  fi;
  q=0
}
#ifdef WAITS
#define mayEnd(x) (x!=POISON && (x!=0 || ended(1)))   /* job 0 waits for job 1 in its task */
#else
#define mayEnd(x) (x!=POISON)
#endif
inline begin(k) {
  q=hj[k]; hs[k]=RUNS;
  if
  :: claims[q]==hf[k] -> assert(last[q]==NEW); last[q]=BEGUN   /* once for each claim */
  :: else
  fi;
  q=0
}
inline strike(k) {
  if
  :: hj[k]!=NONE && hj[k]!=POISON && held(hj[k],d,hf[k]) ->
     struck[hj[k]]++; assert(struck[hj[k]]<=1)
  :: else
  fi
}
inline die() { forgetHand(); stopping=0; epoch[d]++ }
inline interrupt(x) { by[x]=SYS; ep[x]=0; intr[x]++ }
#define allowed(x) (x==NEVER -> 0 : MAXI)
inline decide(x) {
  decided[x]++; assert(decided[x]==intr[x]);
  release(x);
  if
  :: intr[x]>allowed(x) -> st[x]=ABORTED; assert(x==POISON || lost+crashes+falses+stops>0)
  :: else -> st[x]=WAIT
  fi
}

#define BEGIN(k) :: atomic { !asked && !stopping && hj[k]!=NONE && hs[k]==FRESH && \
  !has(RUNS) && !has(ITSELF) && (k==0 || hj[0]==NONE || hs[0]!=FRESH) -> begin(k) }
#define RETURN(k) :: atomic { hj[k]!=NONE && hs[k]==RUNS && mayEnd(hj[k]) -> \
  hs[k]=RAN } \
  :: atomic { hj[k]==OTHER && hs[k]==RUNS && mayEnd(hj[k]) -> hs[k]=ITSELF }
#define END(k) :: atomic { hj[k]!=NONE && (hs[k]==ITSELF || hs[k]==UNCLEAR) -> endOne(k) }
/* The slot is told that a job was taken away: a cancel says so, or a reconcile pass finds it. */
#define TOLD(k) :: atomic { !asked && hj[k]!=NONE && hs[k]!=UNCLEAR && !held(hj[k],d,hf[k]) -> \
  tell(hj[k],hf[k],false); forgetEntry(k) }
#define POISONED(k) :: atomic { hj[k]==POISON && hs[k]==RUNS -> strike(1-k); die() }
#define RECONCILE(x) :: atomic { UNUSED(x) -> giveBack(x,claims[x],d) }
#define CLEAN(x) :: atomic { LEFT(x) -> interrupt(x) }
#define DECIDE(x) :: atomic { st[x]==ACTIVE && by[x]==SYS -> decide(x) }
#define CANCEL(x) :: atomic { cancels<MAXCANCEL && !ended(x) && !(st[x]==ACTIVE && by[x]==CAN) -> \
  cancels++; cans[x]=1; st[x]=ACTIVE; by[x]=CAN; ep[x]=0 } \
  :: atomic { st[x]==ACTIVE && by[x]==CAN -> st[x]=CANCELLED; release(x) }
#define EACH_JOB(T) T(0) T(1) T(2)
#define EACH_PLACE(T) T(0) T(1)
#ifdef MUTANT_STOP_COUNTS
#define UNBEGUN(x) false
#else
#define UNBEGUN(x) (isOwn(x) && last[x]==NEW)
#endif
#define PUT_BACK(x) :: atomic { stopping && UNBEGUN(x) -> giveBack(x,claims[x],d) }
#define COUNTED(x) assert(!isOwn(x) || last[x]==BEGUN);

proctype D(byte d) {
  byte o = 1-d;
  /* The hand: jobs, the numbers of their claims, what is known of them, what was counted then. */
  byte hj[2] = NONE; byte hf[2]; byte hs[2]; byte hq[2];
  bit asked;                              /* jobs were claimed for it, and the reply is under way */
  bit stopping;
#ifdef MUTANT_KEEPS_GIVEN
  byte kept[NJ];
#endif
  byte n, p, k, q, fate;
  do
  :: atomic { allEnded -> break }
  /* The slot is free, or all jobs of its hand have run: it ends them, and claims the next ones. */
  :: atomic { isFree && !asked && mayClaim && (st[0]==WAIT || st[1]==WAIT || st[2]==WAIT) ->
       if :: n=1 :: isEmpty -> n=2 fi; send() }
  :: atomic { !asked && has(RAN) && !has(RUNS) && !has(ITSELF) && !has(FRESH) ->
       if
       :: mayClaim && !has(UNCLEAR) -> if :: n=1 :: n=2 fi
       :: n=0
       fi;
       send() }
  :: atomic { asked -> asked=0 }
  /* The timer, or a stop: it ends what has run, and gives back what has not begun. */
  :: atomic { !asked && isTimely &&
       (has(FRESH) || (has(RAN) && (has(RUNS) || has(ITSELF)))) -> send() }
  EACH_PLACE(BEGIN) EACH_PLACE(RETURN) EACH_PLACE(POISONED) EACH_PLACE(END) EACH_PLACE(TOLD)
  /* A late request. What it claims has retired tokens. */
  :: atomic { gd==d ->
       write(gj[0],gf[0],gs[0],gj[1],gf[1],gs[1],d);
       if
       :: leaves(gj[0],gf[0],gs[0],d) || leaves(gj[1],gf[1],gs[1],d) -> skip
       :: else -> claim(gn,d,ge,false)
       fi;
       gd=NONE; ge=0; gn=0; gj[0]=NONE; gj[1]=NONE; gf[0]=0; gf[1]=0; gs[0]=0; gs[1]=0 }
  EACH_JOB(RECONCILE) EACH_JOB(CLEAN) EACH_JOB(DECIDE) EACH_JOB(CANCEL)
  /* It dies and starts again. Or it is declared dead, and learns of it later. Or it stops. */
  :: atomic { crashes<MAXCRASH -> crashes++; die() }
  :: atomic { falses<MAXFALSE && deadEp[o]<epoch[o] -> falses++; deadEp[o]=epoch[o] }
  :: atomic { isDeposed -> forgetHand(); stopping=0; epoch[d]=deadEp[d]+1 }
  :: atomic { stops<MAXSTOP && !stopping && !isDeposed -> stops++; stopping=1 }
  /* The grace is over. The cleanup interrupts what has begun, and puts back the other claims. */
  EACH_JOB(PUT_BACK)
  :: atomic { stopping && !UNBEGUN(0) && !UNBEGUN(1) && !UNBEGUN(2) ->
       if :: isDeposed :: else -> EACH_JOB(COUNTED) skip fi; die() }
  od;
#define RIGHT(x) assert(st[x]==DONE || x==POISON || intr[x]>allowed(x) || cans[x]); \
  assert((st[x]==DONE) == (won[x]!=0)); assert(won[x]==0 || won[x]==claims[x]);
  EACH_JOB(RIGHT)
#if POISON < NJ
  assert(st[POISON]==CANCELLED || (st[POISON]==ABORTED && intr[POISON]==MAXI+1))
#endif
}
init {
  atomic {
    if :: JOBS==2 -> st[2]=CANCELLED; cans[2]=1 :: else fi;
    epoch[0]=1; epoch[1]=1; run D(0); run D(1)
  }
}
ltl live { <> allEnded }
