/*
 * Who owns a job that waits, where a process does not know that its activation has ended: it decides about an interrupt of the job all the
 * same, at any moment: before, while and after it is cleaned up after, and when its dispatcher is active again.
 *
 * Dispatchers D, which is found dead, and B, which lives; one job that waits, held by its first interrupt. Each atomic block is one script in
 * Redis. README.md says what is proved.
 */
#ifndef MAXI
#define MAXI 6        /* interrupts of the job */
#endif
#ifndef MAXLATE
#define MAXLATE 3     /* decisions of D's first activation */
#endif
#ifndef MAXDIE
#define MAXDIE 3      /* cleaners that die on the way, and activations of D after the first */
#endif
/* Who owns the job. */
#define INTERRUPT 0
#define OF_D 1
#define OF_B 2
/* What D's record says. */
#define OFF 0
#define ALIVE 1
#define CLEANING 2

byte owner; byte ownerEpoch;  /* OF_D: under which epoch */
bit inSet;                    /* the job stands in the set of what D owns */
byte interrupts = 1;
byte decided[MAXI+2];
byte rec = ALIVE; byte epoch = 1; bit again;
bit up = 1;                   /* the latest activation of D runs */
bit overdue; bit isCleaned;   /* isCleaned: somebody is at it */
byte dies; byte stillRun = 2; /* of Late and Restart */

#define isLive (owner==OF_B || (owner==OF_D && rec==ALIVE && up && ownerEpoch==epoch))

/* The script with which an activation of D, by its epoch, comes to own the job. */
inline own(mine) {
  assert(decided[interrupts]==0);
  decided[interrupts]++;
  owner = OF_D; ownerEpoch = mine; inSet = 1;
  if
#ifndef MUTANT_OLD_EPOCH
  :: rec==ALIVE -> ownerEpoch = epoch
#endif
#ifndef MUTANT_NO_MARK
  :: rec==CLEANING -> again = 1
#endif
#ifndef MUTANT_NO_REOPENING
  :: rec==OFF -> rec = CLEANING; overdue = 1; again = 1
#endif
  :: else
  fi
}

inline pass(upTo) {
  do
  :: atomic { inSet && owner==OF_D && ownerEpoch<=upTo ->
       interrupts++; assert(interrupts<=MAXI+1); owner = INTERRUPT; inSet = 0 }
  :: atomic { else -> break }
  od
}

/* D's first activation, which ends some time, and goes on without knowing it. */
proctype Late() {
  byte lates;
  do
  :: atomic { owner==INTERRUPT && lates<MAXLATE && interrupts<MAXI -> lates++; own(1) }
  :: break
  od;
  stillRun--
}

/* Somebody begins to clean up after D: it is overdue, rightly or not, or its cleaner died. */
proctype Cleaner() {
  byte e;
end:
  do
  :: atomic { !isCleaned && ((rec==ALIVE && (!up || epoch==1)) || (rec==CLEANING && overdue)) ->
       rec = CLEANING; again = 0; overdue = 0; isCleaned = 1; e = epoch };
more:
     pass(e);
     if
     :: atomic { dies<MAXDIE -> dies++; isCleaned = 0; overdue = 1 }
     :: atomic { rec!=CLEANING || epoch!=e -> isCleaned = 0 }
     :: atomic { rec==CLEANING && epoch==e && again -> again = 0; goto more }
     :: atomic { rec==CLEANING && epoch==e && !again -> rec = OFF; isCleaned = 0 }
     fi
  od
}

/* D is started anew, and interrupts what earlier activations have left; or it never is. It may die, too. */
proctype Restart() {
  byte e;
  do
  :: atomic { dies<MAXDIE && (rec!=ALIVE || !up) -> dies++; e = epoch; epoch++; rec = ALIVE; up = 1; overdue = 0 };
     pass(e);
     if
     :: atomic { up = 0 }   /* it dies */
     :: skip
     fi
  :: break
  od;
  stillRun--
}

/* Interrupts are decided by B, or by an activation of D that lives. */
proctype Decider() {
end:
  do
  :: atomic { owner==INTERRUPT -> assert(decided[interrupts]==0); decided[interrupts]++; owner = OF_B; inSet = 0 }
  :: atomic { owner==INTERRUPT && rec==ALIVE && up && epoch>1 && interrupts<MAXI -> own(epoch) }
  od
}

/* Whatever happens: in the end the job is owned by one that lives. */
init {
  atomic { run Late(); run Cleaner(); run Restart(); run Decider() }
  stillRun==0;
  isLive
}
