/*
 * Slots of quotas: taken by claims, freed in the step of every end of a claim, but for an end by another program; whoever finds a quota
 * full is parked, and woken when a slot is free.
 *
 * Two quotas of size 1 and three jobs: one needs the first quota, one both, one the second. Each atomic block is one script in Redis.
 * Whoever runs a job may die at any time; which dispatcher runs it is of no matter here. README.md says what is proved.
 */
#ifndef MAXDIE
#define MAXDIE 1      /* runs that are interrupted; their code may go on */
#endif
#ifndef MAXRETRY
#define MAXRETRY 1    /* runs that end with a retry */
#endif
#ifndef MAXLOST
#define MAXLOST 1     /* ends by another program, which frees no slots */
#endif
#ifndef MAXREMOVE
#define MAXREMOVE 1   /* pending jobs that are removed */
#endif
#define NJ 3
#define NQ 2
#define NONE 255
/* Where a job is. */
#define WAIT 0
#define ACTIVE 1
#define PARKED 2
#define DONE 3
#define SYS 9         /* the token of an interrupt */
#define needs(j,q) (((q)==0 && (j)<2) || ((q)==1 && (j)>0))
#define at(q,j) ((q)*NJ+(j))

/* Redis. A token is the number of the claim; 0: nobody. */
byte st[NJ]; byte lock[NJ]; byte claims[NJ]; byte arrival[NJ];
byte holder[NQ*NJ]; bit waits[NQ*NJ]; bit woken[NQ*NJ];
/* The run of each job: its token, and whether it has its slots. */
byte token[NJ]; bit runs[NJ];
byte dies, retries, lost, removes;

#define holders(q) ((holder[at(q,0)]>0) + (holder[at(q,1)]>0) + (holder[at(q,2)]>0))
/* Woken ones stand before all that arrived later; before everybody, for arrival 0. */
#define wokenBefore(q,a) ((woken[at(q,0)] && (a==0 || arrival[0]<a)) + (woken[at(q,1)] && (a==0 || arrival[1]<a)) + (woken[at(q,2)] && (a==0 || arrival[2]<a)))
#define isFull(q,a) (holders(q) + wokenBefore(q,a) >= 1)
#define holdsAll(j) ((!needs(j,0) || holder[at(0,j)]>0) && (!needs(j,1) || holder[at(1,j)]>0))
#define isOpen(j) (st[j]!=DONE)
#define allDone (st[0]==DONE && st[1]==DONE && st[2]==DONE)
/* The waiter of q that arrived first; NONE where there is none. */
#define before(q,a,b) (waits[at(q,a)] && (!waits[at(q,b)] || arrival[a]<arrival[b]))
#define first(q) ((before(q,0,1) && before(q,0,2)) -> 0 : ((before(q,1,0) && before(q,1,2)) -> 1 : (waits[at(q,2)] -> 2 : NONE)))

inline park(j,q) { waits[at(q,j)]=1; st[j]=PARKED }
/* Wakes whom the free slots are for; one whose other quota is full goes over to the waiters of that. */
inline wake(q) {
  do
  :: true ->
     w=first(q);
     if
     :: w==NONE -> break
     :: else ->
        if
        :: isFull(q,arrival[w]) -> break
        :: else ->
           waits[at(q,w)]=0;
           if
           :: needs(w,1-q) && isFull(1-q,arrival[w]) -> park(w,1-q)
           :: else ->
              if :: needs(w,0) -> woken[at(0,w)]=1 :: else fi;
              if :: needs(w,1) -> woken[at(1,w)]=1 :: else fi;
              st[w]=WAIT
           fi
        fi
     fi
  od;
  w=NONE
}
inline wakeBoth() { wake(0); wake(1) }
/* place: 0 it is given up, 1 it is kept. */
inline freeOne(j,q,place) {
  if
  :: needs(j,q) ->
     holder[at(q,j)]=0;
#ifndef MUTANT_NO_PLACE
     woken[at(q,j)]=place;
#else
     woken[at(q,j)]=0;
#endif
     waits[at(q,j)]=0
  :: else
  fi
}
inline free(j,place) {
  freeOne(j,0,place); freeOne(j,1,place);
#ifdef MUTANT_NO_WAKE
  skip
#else
  if :: needs(j,0) -> wake(0) :: else fi;
  if :: needs(j,1) -> wake(1) :: else fi
#endif
}
/* Q4, Q5: the order is that of the queue, also of what runs again at once. Another program may lose a place. */
#define sharesQuota(k,j) ((needs(k,0) && needs(j,0)) || (needs(k,1) && needs(j,1)))
#define goesBefore(k,j) (arrival[k]<arrival[j] && (st[k]==WAIT || st[k]==ACTIVE) && !runs[k] && sharesQuota(k,j))
inline take(j,t) {
  assert(lost>0 || !(goesBefore(0,j) || goesBefore(1,j) || goesBefore(2,j)));
  if :: needs(j,0) -> holder[at(0,j)]=t; woken[at(0,j)]=0 :: else fi;
  if :: needs(j,1) -> holder[at(1,j)]=t; woken[at(1,j)]=0 :: else fi;
  runs[j]=1
}
inline dropDead(q) {
  if :: needs(0,q) && st[0]==DONE -> holder[at(q,0)]=0; woken[at(q,0)]=0 :: else fi;
  if :: needs(1,q) && st[1]==DONE -> holder[at(q,1)]=0; woken[at(q,1)]=0 :: else fi;
  if :: needs(2,q) && st[2]==DONE -> holder[at(q,2)]=0; woken[at(q,2)]=0 :: else fi
}
/* Holders look whether those who hold a full quota are there still; once a second at most, so that it may be left out. */
inline takeQuotas(j) {
  if
  :: holdsAll(j) -> take(j,token[j])
  :: else ->
     if :: dropDead(0); dropDead(1) :: true fi;
     if
#ifdef MUTANT_LOOKS_AT_ONE
     :: needs(j,0) && !isFull(0,arrival[j]) -> take(j,token[j])
#endif
     :: needs(j,0) && isFull(0,arrival[j]) -> leave(j,0)
     :: needs(j,1) && isFull(1,arrival[j]) && !(needs(j,0) && isFull(0,arrival[j])) -> leave(j,1)
     :: else -> take(j,token[j])
     fi
  fi
}
inline leave(j,q) {
  lock[j]=0; token[j]=0; woken[at(0,j)]=0; woken[at(1,j)]=0; park(j,q);
  if :: needs(j,0) -> wake(0) :: else fi;
  if :: needs(j,1) -> wake(1) :: else fi
}

proctype Job(byte j) {
  byte w = NONE;
  do
  :: atomic { st[j]==WAIT -> claims[j]++; token[j]=claims[j]; lock[j]=token[j]; st[j]=ACTIVE }
  :: atomic { st[j]==ACTIVE && lock[j]==token[j] && !runs[j] -> takeQuotas(j) }
  :: atomic { runs[j] && lock[j]==token[j] -> st[j]=DONE; lock[j]=0; token[j]=0; runs[j]=0;
#ifndef MUTANT_END_KEEPS
       free(j,0)
#else
       skip
#endif
     }
  :: atomic { runs[j] && lock[j]==token[j] && lost<MAXLOST -> lost++; st[j]=DONE; lock[j]=0; token[j]=0; runs[j]=0 }
  :: atomic { runs[j] && lock[j]==token[j] && retries<MAXRETRY ->
       retries++; st[j]=WAIT; lock[j]=0; token[j]=0; runs[j]=0; free(j,1) }
  /* It is seized: its slots are freed in the same script. What it sends late is refused. */
  :: atomic { st[j]==ACTIVE && lock[j]==token[j] && dies<MAXDIE ->
       dies++; lock[j]=SYS; token[j]=0; runs[j]=0; free(j,1) }
  :: atomic { st[j]==ACTIVE && lock[j]==SYS -> lock[j]=0; st[j]=WAIT }
  :: atomic { (st[j]==WAIT || st[j]==PARKED) && removes<MAXREMOVE -> removes++; st[j]=DONE;
#ifndef MUTANT_REMOVAL_KEEPS
       free(j,0)
#else
       skip
#endif
     }
  :: atomic { st[j]==DONE -> break }
  od
}
/* The audit. */
proctype Sweep() {
  byte w = NONE;
  do
#ifndef MUTANT_NO_SWEEP
  :: atomic { !allDone && lost>0 -> dropDead(0); dropDead(1); wakeBoth() }
#endif
  :: atomic { allDone -> break }
  od
}
/* Q5: never more than its size hold a quota, and whoever runs holds all of its own. */
#define isRunning(j) (runs[j] && lock[j]==token[j] && st[j]==ACTIVE)
#define holdsWhatItRunsWith(j) (!isRunning(j) || ((!needs(j,0) || holder[at(0,j)]==token[j]) && (!needs(j,1) || holder[at(1,j)]==token[j])))
#define isRight (holders(0)<=1 && holders(1)<=1 && holdsWhatItRunsWith(0) && holdsWhatItRunsWith(1) && holdsWhatItRunsWith(2))
proctype Watch() { end: atomic { !isRight -> assert(false) } }
init {
  byte w = NONE;
  /* They come to the tail of the queue in one of two orders: from then on each has its place. */
  atomic {
    if
    :: arrival[0]=1; arrival[1]=2; arrival[2]=3
    :: arrival[0]=2; arrival[1]=3; arrival[2]=1
    fi;
    woken[at(0,0)]=1; woken[at(0,1)]=1; woken[at(1,1)]=1; woken[at(1,2)]=1;
    run Job(0); run Job(1); run Job(2); run Sweep(); run Watch() };
  atomic {
    allDone ->
    if :: lost>0 -> dropDead(0); dropDead(1) :: else fi;
    assert(holders(0)+holders(1)+wokenBefore(0,0)+wokenBefore(1,0)==0);
    assert(!waits[0] && !waits[1] && !waits[2] && !waits[3] && !waits[4] && !waits[5])
  }
}
