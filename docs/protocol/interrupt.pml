/*
 * Interrupts in two steps: a cleaner seizes a job for its handleInterrupt job, which decides about it later, wherever it runs. Cleaners
 * die half-way, and so do those that decide; dispatchers are declared dead wrongly, and go on.
 *
 * Two dispatchers (D), NJ jobs. Each atomic block is one script in Redis, or one step inside a process. README.md says what is proved.
 */
#ifndef MAXCRASH
#define MAXCRASH 1    /* processes that die, wherever they are, or stop in order */
#endif
#ifndef MAXFALSE
#define MAXFALSE 1    /* leases that run out although their holder lives */
#endif
#ifndef MAXLATE
#define MAXLATE 1    /* claims by a dispatcher that has not learned yet that it was deposed */
#endif
#ifndef MAXI
#define MAXI 1        /* interrupts that a job's policy allows */
#endif
#ifndef NJ
#define NJ 2
#endif
#define NONE 255
/* Where a job is; a system job begins with NEW. */
#define WAIT 0
#define ACTIVE 1
#define DONE 2
#define NEW 3
/* What a dispatcher's record says. */
#define OFF 0
#define ALIVE 1
#define CLEANING 2
/* What a job is held by: a claim of dispatcher 0 or 1, or its interrupt. */
#define SYS 2
/* For whom a process cleans up. */
#define NOBODY 0
#define OWN 1         /* it stops */
#define SIBLING 2
#define EARLIER 3     /* it has started */
/* Interrupt n of job x: the number of its system job. */
#define HI(x,n) ((x)*(MAXI+2)+(n))
#define NHI (NJ*(MAXI+2))

/* Redis: jobs. fence: the number of the claim, or of the interrupt, under which it is held. */
byte st[NJ]; byte by[NJ]; byte ep[NJ]; byte fence[NJ]; byte claims[NJ]; byte intr[NJ];
/* handleInterrupt jobs. */
byte hst[NHI]; byte hby[NHI]; byte hep[NHI]; byte hfence[NHI];
/* The records of dispatchers. */
byte rec[2]; byte epoch[2]; bit overdue[2];
/* What must be true. */
byte commits[NJ]; bit aborted[NJ]; byte decided[NHI]; byte seizes[NJ];
/* The processes: which lives, and for whom it cleans up. */
bit up[2]; byte task[2];
bit gone[2];  /* it never comes back: at most one of the two */
byte crashes, falses, lates, i;

#define held(x,d,f) (st[x]==ACTIVE && by[x]==d && fence[x]==f)
#define heldByInterrupt(x,n) (st[x]==ACTIVE && by[x]==SYS && fence[x]==n)
#define ended(d,e) (epoch[d]>e || rec[d]==OFF)
/* What a cleaner looks for: claims of an activation, up to an epoch. */
#define left(x,d,e) (st[x]==ACTIVE && by[x]==d && ep[x]<=e)
#define hleft(k,d,e) (hst[k]==ACTIVE && hby[k]==d && hep[k]<=e)
#define isSilent(d) ((rec[d]==ALIVE && !up[d]) || (rec[d]==CLEANING && !isCleanedUpAfter(d)))
#define isCleanedUpAfter(d) ((up[1-d] && task[1-d]==SIBLING) || (up[d] && task[d]==OWN))

inline seize(x,d,f) {
  if
#ifdef MUTANT_BLIND_SEIZE
  :: st[x]==ACTIVE ->
#else
  :: held(x,d,f) ->
#endif
     intr[x]++; seizes[x]++; assert(intr[x] <= MAXI+1);
     by[x]=SYS; fence[x]=intr[x]; ep[x]=0;
     assert(hst[HI(x,intr[x])]==NEW); hst[HI(x,intr[x])]=WAIT
  :: else
  fi
}
inline putBack(k) { hst[k]=WAIT; hby[k]=0; hep[k]=0 }
/* Everything that a process knows is gone with it. */
inline forget() {
  i=0; do :: i<NJ -> cur[i]=0; old[i]=0; i++ :: else -> break od; i=0;
  hk=NONE; hf=0; hp=0; task[d]=NOBODY; upTo=0; sj=NONE; sf=0
}
inline activate() { epoch[d]++; rec[d]=ALIVE; overdue[d]=0; my=epoch[d]; task[d]=EARLIER; upTo=my-1 }
inline end(x,f) {
  if
#ifdef MUTANT_NO_FENCE
  :: st[x]==ACTIVE -> st[x]=DONE; commits[x]++; assert(f==claims[x] && by[x]==d)
#else
  :: held(x,d,f) -> st[x]=DONE; commits[x]++; assert(f==claims[x])
#endif
  :: else
  fi;
  f=0
}
inline decide(k,x,n) {
  if
#ifdef MUTANT_NO_DECISION_FENCE
  :: st[x]==ACTIVE ->
#else
  :: heldByInterrupt(x,n) ->
#endif
     decided[k]++; assert(decided[k]==1); assert(by[x]==SYS);
     if :: n>MAXI -> st[x]=DONE; aborted[x]=1 :: else -> st[x]=WAIT fi;
     by[x]=0; fence[x]=0
  :: else
  fi
}

#if NJ == 1
#define EACH_JOB(T) T(0)
#define EACH_INTERRUPT(T) T(0,1) T(0,2)
#else
#define EACH_JOB(T) T(0) T(1)
#define EACH_INTERRUPT(T) T(0,1) T(0,2) T(1,1) T(1,2)
#endif
#define OPEN(x,n) hst[HI(x,n)]==WAIT || hst[HI(x,n)]==ACTIVE ||
#define UNDECIDED (EACH_INTERRUPT(OPEN) false)
#define LEFT(x) left(x,who,upTo) ||
#define HLEFT(x,n) hleft(HI(x,n),who,upTo) ||
#define NOTHING_LEFT (!(EACH_JOB(LEFT) EACH_INTERRUPT(HLEFT) false))
#define allDone (st[0]==DONE && st[NJ-1]==DONE)

/* The lease holds, as far as this process knows: it learns that it was deposed with its next ping. */
#define isDeposed (rec[d]!=ALIVE || epoch[d]!=my)
#define mayClaim (up[d] && my>0 && task[d]!=OWN && (!isDeposed || lates<MAXLATE))
#define COUNT_LATE if :: isDeposed -> lates++ :: else fi;
#define CLAIM(x) :: atomic { mayClaim && st[x]==WAIT && cur[x]==0 -> COUNT_LATE \
  claims[x]++; st[x]=ACTIVE; by[x]=d; ep[x]=my; fence[x]=claims[x]; cur[x]=claims[x] }
#define END(x) :: atomic { up[d] && cur[x]!=0 -> end(x,cur[x]) } :: atomic { up[d] && old[x]!=0 -> end(x,old[x]) }

/* A handleInterrupt job: claimed; it reads; it writes its decision, fenced by its own id; it ends, fenced by its claim. */
#define HCLAIM(x,n) :: atomic { mayClaim && hk==NONE && hst[HI(x,n)]==WAIT -> COUNT_LATE \
  hk=HI(x,n); hst[hk]=ACTIVE; hfence[hk]++; hf=hfence[hk]; hby[hk]=d; hep[hk]=my; hp=1 }
#define HREAD(x,n) :: atomic { up[d] && hk==HI(x,n) && hp==1 -> if :: heldByInterrupt(x,n) -> hp=2 :: else -> hp=3 fi }
#define HDECIDE(x,n) :: atomic { up[d] && hk==HI(x,n) && hp==2 -> decide(hk,x,n); hp=3 }
#define HEND(x,n) :: atomic { up[d] && hk==HI(x,n) && hp==3 -> \
  if :: hst[hk]==ACTIVE && hby[hk]==d && hfence[hk]==hf -> hst[hk]=DONE; hby[hk]=0; hep[hk]=0 :: else fi; \
  hk=NONE; hf=0; hp=0 }

/* A pass of a cleaner: it reads a claim, then seizes it if it is as it was read. Recovery's own jobs are put back. */
#define who ((d+(task[d]==SIBLING))%2)
#define READ(x) :: atomic { up[d] && task[d]!=NOBODY && sj==NONE && left(x,who,upTo) -> sj=x; sf=fence[x] }
#define SEIZE(x) :: atomic { up[d] && sj==x -> seize(x,who,sf); sj=NONE; sf=0 }
#define HBACK(x,n) :: atomic { up[d] && task[d]!=NOBODY && hleft(HI(x,n),who,upTo) -> putBack(HI(x,n)) }
/* The audit: claims of activations that have ended, and that nobody cleans up after. */
#ifdef MUTANT_NO_AUDIT
#define AUDIT(x)
#define HAUDIT(x,n)
#else
#define AUDIT(x) :: atomic { up[d] && my>0 && st[x]==ACTIVE && by[x]!=SYS && ended(by[x],ep[x]) -> seize(x,by[x],fence[x]) }
#define HAUDIT(x,n) :: atomic { up[d] && my>0 && hst[HI(x,n)]==ACTIVE && ended(hby[HI(x,n)],hep[HI(x,n)]) -> putBack(HI(x,n)) }
#endif

#ifdef MUTANT_CLEANED_ONCE
#define mayClean(x) (rec[x]==ALIVE)
#else
#define mayClean(x) (rec[x]==ALIVE || rec[x]==CLEANING)
#endif
/* A run of a deposed activation goes on: its end is refused, or accepted while nobody has taken the job away. */
#define DEPOSE(x) if :: cur[x]!=0 && old[x]==0 -> old[x]=cur[x] :: else fi; cur[x]=0;

proctype D(byte d) {
  byte o = 1-d;
  byte my = 1;                       /* its epoch, as far as it knows */
  byte cur[NJ]; byte old[NJ];        /* the claims that it runs: of this activation; of one that was deposed */
  byte hk = NONE, hf, hp;            /* the handleInterrupt job that it runs; 1 claimed, 2 it holds its job, 3 to be finished */
  byte upTo;                         /* the epoch up to which it cleans up */
  byte sj = NONE, sf;                /* a claim that it has read and is about to seize */
  do
  :: atomic { allDone && !UNDECIDED -> break }
  EACH_JOB(CLAIM) EACH_JOB(END)
  EACH_INTERRUPT(HCLAIM) EACH_INTERRUPT(HREAD) EACH_INTERRUPT(HDECIDE) EACH_INTERRUPT(HEND)
  EACH_JOB(READ) EACH_JOB(SEIZE) EACH_INTERRUPT(HBACK) EACH_JOB(AUDIT) EACH_INTERRUPT(HAUDIT)
  /* A ping of the sibling does not come in time: it is dead; or wrongly so; or whoever cleans up after it is. */
  :: atomic { up[d] && !overdue[o] && isSilent(o) -> overdue[o]=1 }
  :: atomic { up[d] && !overdue[o] && !isSilent(o) && rec[o]!=OFF && falses<MAXFALSE -> falses++; overdue[o]=1 }
  :: atomic { up[d] && my>0 && task[d]==NOBODY && overdue[o] && mayClean(o) ->
       rec[o]=CLEANING; overdue[o]=0; task[d]=SIBLING; upTo=epoch[o] }
  /* It stops in order, or dies. */
  :: atomic { up[d] && my>0 && task[d]==NOBODY && crashes<MAXCRASH && rec[d]==ALIVE && epoch[d]==my ->
       crashes++; rec[d]=CLEANING; task[d]=OWN; upTo=my }
  :: atomic { up[d] && crashes<MAXCRASH -> crashes++; up[d]=0; my=0; forget(); if :: !gone[o] -> gone[d]=1 :: true fi }
  /* A pass has found nothing: the end of a cleaning. */
  :: atomic { up[d] && task[d]!=NOBODY && sj==NONE && NOTHING_LEFT ->
       if
       :: task[d]!=EARLIER && rec[who]==CLEANING && epoch[who]==upTo -> rec[who]=OFF; overdue[who]=0
       :: else
       fi;
       if
       :: task[d]==OWN -> up[d]=0; my=0; forget(); if :: !gone[o] -> gone[d]=1 :: true fi
       :: else -> task[d]=NOBODY; upTo=0
       fi }
  /* It starts; or it learns that it was deposed, and activates again. */
  :: atomic { !up[d] && !gone[d] -> up[d]=1; activate() }
  :: atomic { up[d] && my>0 && task[d]==NOBODY && isDeposed -> EACH_JOB(DEPOSE) activate() }
  od;
  /* I3, I4, I7. */
#define ENDED(x) assert(commits[x]+aborted[x]==1); assert(intr[x]==seizes[x]);
#define DECIDED(x,n) assert(hst[HI(x,n)]==NEW || decided[HI(x,n)]==1);
  EACH_JOB(ENDED) EACH_INTERRUPT(DECIDED)
}
init {
  atomic {
    do :: i<NHI -> hst[i]=NEW; i++ :: else -> break od; i=0;
    epoch[0]=1; epoch[1]=1; rec[0]=ALIVE; rec[1]=ALIVE; up[0]=1; up[1]=1;
    run D(0); run D(1)
  }
}
