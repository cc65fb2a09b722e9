/*
 * Drover's ownership protocol: who may write to a job (claims, fences, seizes, audit).
 *
 * Two dispatchers (D), two parts (jobs 0, 1) and their composite (job 2), which is released when both parts have ended.
 * Each atomic block is one script in Redis, or one step inside a dispatcher. A call and its reply are two steps, so that
 * everything can happen between them: a crash, a wrongly declared death, an audit, a sibling's clean-up.
 *
 * Each claim has a new token, which is retired when the slot has done with the job, or gets no reply to the claim.
 * models.md has the commands, the numbers of states, and the mutants, each of which must fail.
 */
#ifndef MAXLOST
#define MAXLOST 1     /* replies that are lost */
#endif
#ifndef MAXCRASH
#define MAXCRASH 1    /* processes that die */
#endif
#ifndef MAXFALSE
#define MAXFALSE 1    /* dispatchers that are declared dead, rightly or wrongly */
#endif
#ifndef MAXRETRY
#define MAXRETRY 1    /* runs that end with a retry instead of a result */
#endif
#ifndef MAXI
#define MAXI 2        /* interrupts that a job's policy allows */
#endif
#define NJ 3
#define NONE 3
#define MAXTOK 20
/* Where a job is. */
#define WAIT 0
#define ACTIVE 1
#define DONE 2
#define ABORT 3
#define WC 4
/* The owner of a seized job's token: its interrupt. */
#define SYS 9
/* What a slot of a dispatcher does. */
#define IDLE 0
#define RUNS 1        /* has a job, whose end it can send */
#define ASKED 2       /* a job was claimed for it, and the reply is under way */

/* Redis. */
byte st[NJ]; byte lock[NJ]; byte act[NJ];
byte epoch[2]; byte deadEp[2];
/* What is known of tokens: whose, and of which epoch. */
byte owner[MAXTOK]; byte ep[MAXTOK]; byte ntok = 1;
/* What must be true. */
byte commits[NJ]; byte result[NJ]; byte intr[NJ]; byte seizes[NJ]; byte kids; byte seen[2];
/* What has gone wrong so far. */
byte lost, crashes, falses, retries;

#define fin(x) (st[x]==DONE || st[x]==ABORT)
#define allfin (fin(0) && fin(1) && fin(2))
#define held(x,t) (st[x]==ACTIVE && lock[x]==t)
#ifdef MUTANT_NOFENCE
#define accepted(x,t) (st[x]==ACTIVE)
#else
#define accepted(x,t) held(x,t)
#endif
/* The lease holds, as far as this dispatcher knows: it learns of its death with its next ping. */
#define mayClaim (epoch[d] > deadEp[d])
/* Own claims that no slot has: the token is not in use. */
#ifdef MUTANT_NOAUDIT
#define AUDIT(x) (0)
#else
#ifdef MUTANT_AUDITBYJOB
#define AUDIT(x) (st[x]==ACTIVE && owner[lock[x]]==d && ep[lock[x]]==epoch[d] && !(ph==RUNS && j==x && lock[x]==tok))
#else
#define AUDIT(x) (st[x]==ACTIVE && owner[lock[x]]==d && ep[lock[x]]==epoch[d] && lock[x]!=tok)
#endif
#endif
/* What an activation left behind: an earlier one of its own, or a sibling's that was declared dead. */
#define LEFT(x) (st[x]==ACTIVE && ((owner[lock[x]]==d && ep[lock[x]]<epoch[d]) || (owner[lock[x]]==oth && ep[lock[x]]<=deadEp[oth])))
#define HI(x) (st[x]==ACTIVE && owner[lock[x]]==SYS)

inline childDone(x) {
  if
  :: x < 2 -> kids++; seen[x]++; assert(seen[x]==1);
     if :: (kids==2 && st[2]==WC) -> st[2]=WAIT :: else fi
  :: else
  fi
}
inline newtok(t,o,e) { assert(ntok<MAXTOK); t = ntok; owner[t]=o; ep[t]=e; ntok++ }

/* The script of a claim. */
inline take(x) {
  if :: x==2 -> assert(fin(0) && fin(1)) :: else fi;
  st[x]=ACTIVE; lock[x]=tok; act[x]++; j=x; a=act[x]; ph=ASKED
}
/* The script of a finish. n: the activation that sends it. */
inline finish(x,t,n) {
  assert(n==act[x]); lock[x]=0; st[x]=DONE; commits[x]++; assert(commits[x]==1); assert(result[x]==0); result[x]=t;
  childDone(x)
}
/* The script of a retry, to the head of the queue. */
inline comeBack(x,n) { assert(n==act[x]); lock[x]=0; st[x]=WAIT }
inline seize(x) { newtok(t2,SYS,0); lock[x]=t2; seizes[x]++; t2=0 }
inline decide(x) {
  intr[x]++; assert(intr[x]==seizes[x]); lock[x]=0;
  if :: intr[x] > MAXI -> st[x]=ABORT; childDone(x) :: else -> st[x]=WAIT fi
}
/* The audit puts back what nobody runs. */
inline putBack(x) { assert(!(ph!=IDLE && j==x && a==act[x])); lock[x]=0; st[x]=WAIT }

#define EMPTY ph=IDLE; j=NONE; a=0
#ifdef MUTANT_KEEPLOST
#define LOSTTOKEN skip
#else
#define LOSTTOKEN tok=0
#endif
#ifdef MUTANT_SAMETOKEN
#define RETIRE skip
#else
#define RETIRE tok=0
#endif

/* A claim by a free slot: under a fresh token, which is registered before it is sent. */
inline claim(x) {
  if :: tok==0 -> newtok(tok,d,epoch[d]) :: else fi;   /* not 0 in mutants only */
  take(x)
}
/* A request that timed out at its sender may still reach Redis later. */
inline late(kind) { if :: gt==0 -> gj=j; gt=tok; ga=a; gk=kind :: true fi }

proctype D(byte d) {
  byte oth;
  byte ph, j = NONE, a, tok;                 /* the slot: what it has, or was claimed for it, under which token */
  byte gj = NONE, gt, ga, gk;                 /* a ghost: code of a lost activation, or a late request */
  byte t2; bit dirty;                        /* dirty: an attempt to finish was sent whose reply was lost */
  oth = 1-d;
  do
  :: atomic { allfin -> break }
  /* claim */
  :: atomic { ph==IDLE && mayClaim && st[0]==WAIT -> claim(0) }
  :: atomic { ph==IDLE && mayClaim && st[1]==WAIT -> claim(1) }
  :: atomic { ph==IDLE && mayClaim && st[2]==WAIT -> claim(2) }
  /* the reply of the claim: a claim is never sent again */
  :: atomic { ph==ASKED -> ph=RUNS }
  :: atomic { ph==ASKED && lost<MAXLOST -> lost++; EMPTY; LOSTTOKEN }
  /* finish: sent again until its answer is clear */
  :: atomic { ph==RUNS ->
       if
       :: accepted(j,tok) -> finish(j,tok,a);
          if :: EMPTY; RETIRE; dirty=0 :: lost<MAXLOST -> lost++; late(0); dirty=1 fi
       :: else ->
          /* After a lost reply it reads whether its earlier attempt was stored. */
          EMPTY; RETIRE; dirty=0
       fi }
  /* retry */
  :: atomic { ph==RUNS && dirty==0 && retries<MAXRETRY && held(j,tok) ->
       retries++; comeBack(j,a);
       if :: EMPTY; RETIRE :: lost<MAXLOST -> lost++; late(1); EMPTY; RETIRE fi }
  /* an activation that lost its job is given up; its code still runs */
  :: atomic { ph==RUNS && lock[j]!=tok && gt==0 -> gj=j; gt=tok; ga=a; gk=0; EMPTY; RETIRE; dirty=0 }
  :: atomic { gt!=0 ->
       if
       :: gk==0 && accepted(gj,gt) -> finish(gj,gt,ga)
       :: gk==1 && accepted(gj,gt) -> comeBack(gj,ga)
       :: else
       fi;
       gj=NONE; gt=0; ga=0; gk=0 }
  /* crash and restart under a new epoch; what is under way in the network arrives, or does not */
  :: atomic { crashes<MAXCRASH -> crashes++; EMPTY; tok=0; dirty=0; epoch[d]++; if :: gj=NONE; gt=0; ga=0; gk=0 :: gt!=0 fi }
  /* it learns that it was declared dead, and activates again: what runs is given up above */
  :: atomic { epoch[d] <= deadEp[d] -> epoch[d]=deadEp[d]+1 }
  :: atomic { falses<MAXFALSE && deadEp[oth] < epoch[oth] -> falses++; deadEp[oth]=epoch[oth] }
  :: atomic { AUDIT(0) -> putBack(0) } :: atomic { AUDIT(1) -> putBack(1) } :: atomic { AUDIT(2) -> putBack(2) }
  :: atomic { LEFT(0) -> seize(0) } :: atomic { LEFT(1) -> seize(1) } :: atomic { LEFT(2) -> seize(2) }
  :: atomic { HI(0) -> decide(0) } :: atomic { HI(1) -> decide(1) } :: atomic { HI(2) -> decide(2) }
  od;
  assert((st[0]==ABORT || commits[0]==1) && (st[1]==ABORT || commits[1]==1) && (st[2]==ABORT || commits[2]==1));
  assert(kids==2 && seen[0]==1 && seen[1]==1)
}
init { atomic { st[2]=WC; epoch[0]=1; epoch[1]=1; run D(0); run D(1) } }
ltl live { <> allfin }
