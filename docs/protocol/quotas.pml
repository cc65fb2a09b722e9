/*
 * Slots of quotas: taken by claims, freed by every end of a claim, also where the script that frees them is lost, or comes late; whoever
 * finds a quota full is parked, and woken when a slot is free.
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
#define MAXLOST 1     /* scripts that free slots and are not run: a MULTI that was cut in two */
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
/* The run of each job: its token, and whether it has its slots; and a late script that frees those of an earlier one. */
byte token[NJ]; bit runs[NJ]; byte late[NJ];
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
/* t: frees only what was taken under that token; 0 for all. */
/* place: 0 it is given up, 1 it is kept, 2 another claim or an interrupt decides. */
inline freeOne(j,q,t,place) {
  if
  :: needs(j,q) ->
     if
#ifdef MUTANT_FREES_ANY
     :: true -> holder[at(q,j)]=0
#else
     :: t==0 || holder[at(q,j)]==t -> holder[at(q,j)]=0
     :: else
#endif
     fi;
#ifndef MUTANT_NO_PLACE
     if :: place==0 -> woken[at(q,j)]=0 :: place==1 -> woken[at(q,j)]=1 :: else fi;
#else
     woken[at(q,j)]=0;
#endif
     if :: t==0 -> waits[at(q,j)]=0 :: else fi
  :: else
  fi
}
inline free(j,t,place) {
  freeOne(j,0,t,place); freeOne(j,1,t,place);
#ifdef MUTANT_NO_WAKE
  skip
#else
  if :: needs(j,0) -> wake(0) :: else fi;
  if :: needs(j,1) -> wake(1) :: else fi
#endif
}
/* The script alongside an end: nothing while the claim lasts; all of it where the job has its result. */
inline freeAfter(j,t) {
  if
  :: lock[j]==t -> skip
  :: lock[j]!=t && st[j]==DONE -> free(j,0,0)
  :: lock[j]!=t && st[j]==WAIT -> free(j,t,1)
  :: lock[j]!=t && st[j]==PARKED -> free(j,t,0)
  :: else -> free(j,t,2)
  fi
}
/* Q4, Q5: the order is that of the queue, also of what runs again at once. A script that is lost may lose a place. */
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
/* What frees the slots of a claim that has ended: at once; never; or late. */
inline freed(j,t) {
  if
  :: freeAfter(j,t)
  :: lost<MAXLOST -> lost++
  :: lost<MAXLOST && late[j]==0 -> lost++; freeAfter(j,t); late[j]=t
  fi
}

proctype Job(byte j) {
  byte w = NONE, t;
  do
  :: atomic { st[j]==WAIT -> claims[j]++; token[j]=claims[j]; lock[j]=token[j]; st[j]=ACTIVE }
  :: atomic { st[j]==ACTIVE && lock[j]==token[j] && !runs[j] -> takeQuotas(j) }
  :: atomic { runs[j] && lock[j]==token[j] -> st[j]=DONE; lock[j]=0; t=token[j]; token[j]=0; runs[j]=0; freed(j,t); t=0 }
  :: atomic { runs[j] && lock[j]==token[j] && retries<MAXRETRY ->
       retries++; st[j]=WAIT; lock[j]=0; t=token[j]; token[j]=0; runs[j]=0; freed(j,t); t=0 }
  /* It is seized: its slots are freed in the same script. What it sends late is refused, but for what frees its own slots. */
  :: atomic { st[j]==ACTIVE && lock[j]==token[j] && dies<MAXDIE ->
       dies++; t=token[j]; lock[j]=SYS; token[j]=0; runs[j]=0;
       free(j,0,1);
       if :: late[j]==0 -> late[j]=t :: true fi;
       t=0 }
  :: atomic { st[j]==ACTIVE && lock[j]==SYS -> lock[j]=0; st[j]=WAIT }
  :: atomic { (st[j]==WAIT || st[j]==PARKED) && removes<MAXREMOVE -> removes++; st[j]=DONE;
#ifndef MUTANT_REMOVAL_KEEPS
       free(j,0,0)
#else
       skip
#endif
     }
  :: atomic { late[j]!=0 -> t=late[j]; late[j]=0; freeAfter(j,t); t=0 }
  :: atomic { st[j]==DONE && late[j]==0 -> break }
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
    allDone && late[0]==0 && late[1]==0 && late[2]==0 ->
    if :: lost>0 -> dropDead(0); dropDead(1) :: else fi;
    assert(holders(0)+holders(1)+wokenBefore(0,0)+wokenBefore(1,0)==0);
    assert(!waits[0] && !waits[1] && !waits[2] && !waits[3] && !waits[4] && !waits[5])
  }
}
