//! T10: sleep, jumps both ways, restarts, frozen clocks and 2038, by somebody who owns the wall clock and the power button,
//! against models that keep every reading and know the true time. `CURTAIN_CAMPAIGN=full` runs
//! the long form of what goes through whole workspaces.

#![allow(clippy::print_stdout, reason = "the counts of a campaign; there are no patients in it")]

use super::tests::{DAY_MS, PASSCODE, Phone, START_MS};
use super::*;
use crate::lock::{LockRules, elapsed, is_due};
use crate::policy::document::{Action, Lease};
use crate::policy::lease::{Clocks, Elapsed, state};
use crate::vault::{Attempts, RunningTime};
use std::collections::BTreeMap;
use std::sync::atomic::Ordering;

const DAY: i64 = 86_400_000;
/// 2038-01-19T03:14:07Z.
const YEAR_2038: i64 = 2_147_483_647_000;

pub(super) fn full() -> bool {
    std::env::var("CURTAIN_CAMPAIGN").is_ok_and(|form| form == "full")
}

/// SplitMix64: a run is its seed.
pub(super) struct Dice(pub(super) u64);

impl Dice {
    pub(super) fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    pub(super) fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.roll() % u64::try_from(end).unwrap()).unwrap()
    }

    /// Milliseconds, mostly short, up to 40 days.
    fn span(&mut self) -> i64 {
        let most = [1_000, 29_000, 130_000, 3_600_000, DAY, 10 * DAY, 40 * DAY];
        let most = most[self.below(most.len())];
        i64::try_from(self.roll() % u64::try_from(most).unwrap()).unwrap()
    }
}

/// What truly is, and what the phone's clocks say.
struct World {
    true_ms: i64,
    /// True milliseconds in which the boot clock counted, over all boots.
    counted_ms: i64,
    boot: u64,
    since_boot_ms: i64,
    wall_ms: i64,
    frozen: bool,
}

impl World {
    fn new() -> World {
        World { true_ms: START_MS, counted_ms: 0, boot: 0, since_boot_ms: 0, wall_ms: START_MS, frozen: false }
    }

    fn pass(&mut self, ms: i64) {
        self.true_ms += ms;
        if !self.frozen {
            self.counted_ms += ms;
            self.since_boot_ms += ms;
            self.wall_ms = self.wall_ms.saturating_add(ms);
        }
    }

    fn restart(&mut self, off_ms: i64) {
        self.true_ms += off_ms;
        self.wall_ms = self.wall_ms.saturating_add(off_ms);
        (self.boot, self.since_boot_ms) = (self.boot + 1, 0);
    }

    fn now(&self) -> Instant {
        let since_boot_ms = u64::try_from(self.since_boot_ms).unwrap();
        Instant { wall_ms: self.wall_ms, since_boot_ms, boot_id: self.boot.to_string() }
    }
}

/// Everything that the phone was shown since it took a lease: maxima per boot and one of the wall clock, nothing accumulated.
#[derive(Default, Clone)]
struct Shown {
    boots: BTreeMap<u64, (i64, i64)>,
    latest_wall: i64,
}

impl Shown {
    fn starting(world: &World) -> Shown {
        let boots = BTreeMap::from([(world.boot, (world.since_boot_ms, world.since_boot_ms))]);
        Shown { boots, latest_wall: world.wall_ms }
    }

    fn also(&self, world: &World) -> Shown {
        let mut shown = self.clone();
        let (_, last) = shown.boots.entry(world.boot).or_insert((0, 0));
        *last = (*last).max(world.since_boot_ms);
        shown.latest_wall = shown.latest_wall.max(world.wall_ms);
        shown
    }

    fn ran(&self) -> i64 {
        self.boots.values().map(|(first, last)| last - first).sum()
    }
}

#[derive(Default, Debug)]
struct Tally {
    steps: u64,
    late_locks: u64,
    early_locks: u64,
    wrong_erasures: u64,
    lockouts: u64,
    differences: u64,
    erasures: u64,
    renewals: u64,
    poisonings: u64,
    uses: u64,
    guesses: u64,
}

/// The phone: what the anchor holds, and the session in memory.
struct Modelled {
    world: World,
    anchored: RunningTime,
    lease: Option<(Lease, u64, Shown, i64)>,
    session: Option<Used>,
    attempts: Attempts,
    guessed: Option<(i64, u64)>,
    version: u64,
    withheld: Vec<Lease>,
}

struct Used {
    since: Instant,
    used: Instant,
    counted: (i64, i64),
    touched: bool,
}

impl Modelled {
    fn new() -> Modelled {
        let world = World::new();
        let anchored = RunningTime::starting(&world.now());
        let attempts = Attempts::default();
        Modelled {
            world,
            anchored,
            lease: None,
            session: None,
            attempts,
            guessed: None,
            version: 0,
            withheld: Vec::new(),
        }
    }

    fn put(&mut self) {
        self.anchored.advance(&self.world.now());
        let world = &self.world;
        if let Some((_, _, shown, _)) = &mut self.lease {
            *shown = shown.also(world);
        }
    }

    fn clocks(&self) -> Clocks {
        let mut running = self.anchored.clone();
        running.advance(&self.world.now());
        let lease = self.lease.as_ref().map(|(lease, from, ..)| (lease.issued_ms, running.running_ms - from));
        Clocks { wall_ms: self.world.wall_ms, high_water_wall_ms: running.high_wall_ms, lease }
    }

    /// What the code says of the lease, compared with the model; erases where it says so.
    fn lease_state(&mut self, tally: &mut Tally) -> Option<LeaseState> {
        let (lease, _, shown, taken) = self.lease.as_ref()?;
        let clocks = self.clocks();
        let (_, running_ms) = clocks.lease.unwrap();
        let Clocks { wall_ms, high_water_wall_ms, .. } = clocks;
        let said = state(lease, &Elapsed { wall_ms, high_water_wall_ms, running_ms });
        let shown = shown.also(&self.world);
        let length = lease.not_after_ms - lease.issued_ms;
        let over = shown.latest_wall >= lease.not_after_ms || shown.ran() >= lease.max_running_ms.min(length);
        let erase = self.world.wall_ms >= lease.not_after_ms + lease.grace_ms
            && shown.ran() >= lease.max_running_ms.max(length) + lease.grace_ms;
        let expected_open = !over && !erase;
        tally.differences += u64::from((said == LeaseState::EraseDue) != erase);
        tally.differences += u64::from(matches!(said, LeaseState::Active { .. }) != expected_open);
        // What is true, whatever the clocks say.
        let active = matches!(said, LeaseState::Active { .. });
        tally.late_locks += u64::from(active && self.world.wall_ms >= lease.not_after_ms);
        tally.late_locks += u64::from(active && shown.latest_wall >= lease.not_after_ms);
        let honest = self.world.wall_ms >= self.world.true_ms;
        tally.late_locks += u64::from(active && honest && self.world.true_ms >= lease.not_after_ms);
        if said == LeaseState::EraseDue {
            tally.erasures += 1;
            let truly = self.world.true_ms >= lease.not_after_ms + lease.grace_ms
                && self.world.counted_ms - taken >= lease.max_running_ms + lease.grace_ms;
            tally.wrong_erasures += u64::from(!truly);
        }
        Some(said)
    }

    fn issue(&mut self, dice: &mut Dice) -> Lease {
        self.version += 1;
        let days = |dice: &mut Dice, most: i64| (1 + dice.span() % (most * DAY)).max(60_000);
        Lease {
            spec: 1,
            institution: Hex([1; 16]),
            enrolment: Hex([2; 16]),
            version: self.version,
            not_after_ms: self.world.true_ms + days(dice, 40),
            grace_ms: dice.span() % (20 * DAY),
            max_running_ms: days(dice, 40),
            issued_ms: self.world.true_ms,
        }
    }

    fn deliver(&mut self, lease: Lease) -> bool {
        if self.lease.as_ref().is_some_and(|(last, ..)| last.version >= lease.version) || self.clocks().are_past(&lease)
        {
            return false;
        }
        self.put();
        // As `delivery::act` does it.
        self.anchored.high_wall_ms = self.world.wall_ms;
        let shown = Shown::starting(&self.world);
        self.lease = Some((lease, self.anchored.running_ms, shown, self.world.counted_ms));
        true
    }

    fn unlock(&mut self) {
        self.put();
        let (now, counted) = (self.world.now(), self.world.counted_ms);
        self.session = Some(Used { since: now.clone(), used: now, counted: (counted, counted), touched: false });
    }

    /// A call of the user: locks if it is time, as `Session::work` does.
    fn use_it(&mut self, tally: &mut Tally) {
        let rules = LockRules::default();
        let now = self.world.now();
        let Some(open) = &mut self.session else { return };
        tally.uses += 1;
        let due = is_due(rules, &open.since, &open.used, &now);
        let (idle, whole) = (self.world.counted_ms - open.counted.1, self.world.counted_ms - open.counted.0);
        let must = u64::try_from(idle).unwrap() >= rules.idle_ms || u64::try_from(whole).unwrap() >= rules.absolute_ms;
        match due {
            None => {
                tally.late_locks += u64::from(must || now.boot_id != open.since.boot_id);
                tally.late_locks += u64::from(elapsed(&open.used, &now) >= rules.idle_ms);
                (open.used, open.counted.1) = (now, self.world.counted_ms);
            }
            Some(_) => {
                // Nobody touched a clock, and it is not time: that would be a lock too many.
                tally.early_locks += u64::from(!must && !open.touched);
                self.session = None;
                self.put();
            }
        }
    }

    fn guess(&mut self, tally: &mut Tally) {
        tally.guesses += 1;
        let now = self.world.now();
        let wait = self.attempts.remaining_ms(&now);
        if wait == 0 {
            // Never sooner than the delay after the last guess, by what truly passed.
            if let Some((at, delay)) = self.guessed {
                tally.late_locks += u64::from(u64::try_from(self.world.true_ms - at).unwrap() < delay);
            }
            self.attempts.count(&now);
            self.guessed = Some((self.world.true_ms, self.attempts.remaining_ms(&now)));
            if self.attempts.failed >= 9 {
                self.attempts.reset();
                self.guessed = None;
            }
            self.put();
        } else {
            // Never longer than the delay itself: waiting as long as it says is enough, whatever the wall clock says.
            let ready = Instant { since_boot_ms: now.since_boot_ms + wait, wall_ms: i64::MIN, ..now };
            let longest = self.guessed.map_or(0, |(_, delay)| delay);
            tally.lockouts += u64::from(wait > longest || self.attempts.remaining_ms(&ready) > 0);
        }
    }

    fn step(&mut self, dice: &mut Dice, tally: &mut Tally) {
        tally.steps += 1;
        match dice.below(32) {
            0..=7 => {
                let span = dice.span();
                self.world.pass(span);
            }
            8..=11 => {
                let near = dice.span();
                let far = [YEAR_2038, YEAR_2038 - 1, 0, -DAY, i64::MAX, i64::MIN, self.world.true_ms];
                self.world.wall_ms = match dice.below(4) {
                    0 => far[dice.below(far.len())],
                    1 => self.world.wall_ms.saturating_sub(near),
                    2 => self.world.wall_ms.saturating_add(near),
                    _ => self.world.true_ms,
                };
                tally.poisonings += u64::from(self.world.wall_ms > self.world.true_ms + 60 * DAY);
                if let Some(open) = &mut self.session {
                    open.touched = true;
                }
            }
            12..=13 => {
                let off = if dice.below(2) == 0 { 20_000 } else { dice.span() };
                self.world.restart(off);
                self.session = None;
            }
            14 => {
                self.world.frozen = !self.world.frozen;
                // Standing still together is no sign of anything; what thaws goes on from there.
            }
            15..=18 => {
                let Some(said) = self.lease_state(tally) else { return };
                if said == LeaseState::EraseDue {
                    let world = std::mem::replace(&mut self.world, World::new());
                    *self = Modelled { world, ..Modelled::new() };
                    self.anchored = RunningTime::starting(&self.world.now());
                    return;
                }
                let mut running = self.anchored.clone();
                running.advance(&self.world.now());
                if running.running_ms - self.anchored.running_ms >= 600_000 {
                    self.put();
                }
            }
            19..=21 => self.unlock(),
            22..=26 => self.use_it(tally),
            27 => self.guess(tally),
            28 => {
                // A lease that is kept back, and one that was kept back delivered under whatever clock stands.
                let lease = self.issue(dice);
                self.withheld.push(lease);
                let old = self.withheld.remove(dice.below(self.withheld.len()));
                if self.deliver(old) {
                    self.lease_state(tally);
                }
            }
            29 => {
                let lease = self.issue(dice);
                self.deliver(lease);
                self.lease_state(tally);
            }
            _ => {
                // The rightful user: the clock is put right, the institution sends what it would send today.
                self.world.frozen = false;
                self.world.wall_ms = self.world.true_ms;
                if let Some(open) = &mut self.session {
                    open.touched = true;
                }
                let lease = self.issue(dice);
                let due = self.lease_state(tally) == Some(LeaseState::EraseDue);
                let opened = self.deliver(lease);
                let active = matches!(self.lease_state(tally), Some(LeaseState::Active { .. }));
                tally.renewals += 1;
                let inside = opened && active;
                tally.lockouts += u64::from(!due && !inside);
            }
        }
    }
}

#[test]
fn a_million_steps_of_turned_clocks_lock_in_time_erase_nothing_wrongly_and_lock_nobody_out() {
    let mut tally = Tally::default();
    for seed in 0..20 {
        let (mut phone, mut dice) = (Modelled::new(), Dice(seed));
        for _ in 0..50_000 {
            phone.step(&mut dice, &mut tally);
        }
    }
    println!("{tally:?}");
    let Tally { late_locks, early_locks, wrong_erasures, lockouts, differences, .. } = tally;
    assert_eq!((late_locks, early_locks, wrong_erasures, lockouts, differences), (0, 0, 0, 0, 0), "{tally:?}");
    // The steps reach what they are about.
    let least = tally.steps / 2000;
    assert!(tally.erasures >= least / 20 && tally.renewals > least && tally.poisonings > least, "{tally:?}");
    assert!(tally.uses > least && tally.guesses > least, "{tally:?}");
}

/// A real phone under the same clocks.
struct Held {
    phone: Phone,
    curtain: Arc<Curtain>,
    workspace: String,
    session: Option<(Arc<Session>, i64, i64)>,
    lease: Option<(i64, i64)>,
    version: u64,
    order: u64,
}

impl Held {
    fn new(world: &World) -> Held {
        let phone = Phone::new();
        show(&phone, world);
        let (curtain, workspace) = phone.enrolled();
        Held { phone, curtain, workspace, session: None, lease: None, version: 0, order: 0 }
    }

    fn state(&self) -> WorkspaceState {
        self.curtain.workspaces().unwrap()[0].state.clone()
    }

    fn deliver(&mut self, world: &World, days: i64) -> bool {
        self.version += 1;
        let lease = self.phone.hospital.lease_of(&self.workspace, self.version, world.true_ms, days);
        let done = self.curtain.deliver(&lease).unwrap() == Delivery::Done;
        if done {
            self.lease = Some((world.true_ms + days * DAY, days * DAY));
        }
        done
    }
}

fn show(phone: &Phone, world: &World) {
    let clock = &phone.clock;
    clock.since_boot_ms.store(u64::try_from(world.since_boot_ms).unwrap(), Ordering::SeqCst);
    clock.wall_shift_ms.store(world.wall_ms - START_MS - world.since_boot_ms, Ordering::SeqCst);
    clock.boot.store(world.boot, Ordering::SeqCst);
}

/// The passcode, after whatever wait there is; what was blocked is unblocked by an order first.
fn come_in(held: &mut Held, world: &mut World) -> Result<Arc<Session>, CurtainError> {
    loop {
        match held.curtain.unlock(held.workspace.clone(), PASSCODE) {
            Err(CurtainError::MustWait { delay_ms }) => {
                assert!((1..=3_600_000).contains(&delay_ms), "a delay of {delay_ms}");
                world.pass(i64::try_from(delay_ms).unwrap());
                show(&held.phone, world);
            }
            Err(CurtainError::Blocked) => {
                held.order += 1;
                let order = held.phone.hospital.order(&held.workspace, held.order, Action::Unlock {});
                assert_eq!(held.curtain.deliver(&order).unwrap(), Delivery::Done);
            }
            other => return other,
        }
    }
}

#[test]
fn a_real_workspace_under_turned_clocks_locks_in_time_and_always_lets_its_user_back_in() {
    let steps = if full() { 20_000 } else { 400 };
    let (mut world, mut dice) = (World::new(), Dice(7));
    let mut held = Held::new(&world);
    let (mut erased, mut renewed, mut uses, mut locked) = (0, 0, 0, 0);
    for step in 0..steps {
        match dice.below(16) {
            0..=3 => world.pass(dice.span()),
            4..=5 => {
                let near = dice.span();
                let walls = [YEAR_2038, 0, world.wall_ms - near, world.wall_ms.saturating_add(near), world.true_ms];
                world.wall_ms = walls[dice.below(walls.len())].clamp(-DAY, 4 * YEAR_2038);
            }
            6 => {
                world.restart(dice.span());
                held.session = None;
                let Held { phone, curtain, workspace, version, order, lease, .. } = held;
                drop(curtain);
                show(&phone, &world);
                let curtain = phone.curtain();
                held = Held { phone, curtain, workspace, session: None, lease, version, order };
            }
            7 => drop(held.curtain.unlock(held.workspace.clone(), b"wrong passcode").err().unwrap()),
            8..=9 => {
                if let Ok(session) = held.curtain.unlock(held.workspace.clone(), PASSCODE) {
                    held.session = Some((session, world.counted_ms, world.counted_ms));
                }
            }
            10..=12 => {
                if let Some((session, since, used)) = &mut held.session {
                    match session.patients() {
                        Ok(_) => {
                            uses += 1;
                            let (idle, whole) = (world.counted_ms - *used, world.counted_ms - *since);
                            assert!(idle < 120_000 && whole < 8 * 3_600_000, "step {step}: a late lock");
                            let open = held.lease.is_none_or(|(end, _)| world.wall_ms < end);
                            assert!(open, "step {step}: open past the lease's end");
                            *used = world.counted_ms;
                        }
                        Err(CurtainError::Locked | CurtainError::LeaseOver | CurtainError::Erased) => locked += 1,
                        Err(other) => panic!("step {step}: {other}"),
                    }
                }
            }
            13 => held.curtain.tick().unwrap(),
            14 => {
                let days = i64::try_from(1 + dice.below(20)).unwrap();
                held.deliver(&world, days);
            }
            _ => {
                // The clock is put right and the institution sends today's lease: the user is in.
                world.wall_ms = world.true_ms;
                show(&held.phone, &world);
                held.curtain.tick().unwrap();
                if held.state() != WorkspaceState::Erased {
                    assert!(held.deliver(&world, 30), "step {step}: today's lease was refused");
                    let session = come_in(&mut held, &mut world).unwrap();
                    session.patients().unwrap();
                    held.session = Some((session, world.counted_ms, world.counted_ms));
                    renewed += 1;
                }
            }
        }
        show(&held.phone, &world);
        if held.state() == WorkspaceState::Erased {
            let (end, grace) = held.lease.unwrap();
            assert!(world.true_ms >= end + grace, "step {step}: erased by a forged clock");
            erased += 1;
            held = Held::new(&world);
        }
    }
    println!(
        "{steps} steps through a real workspace: {uses} uses, {locked} met a lock, {renewed} renewals, {erased} erasures"
    );
    assert!(uses > 0 && locked > 0 && renewed > steps / 40, "{uses} {locked} {renewed}");
}

#[test]
fn a_clock_that_was_once_in_2038_locks_until_it_is_right_and_the_next_lease_comes() {
    let phone = Phone::new();
    let (curtain, workspace) = phone.enrolled();
    assert_eq!(curtain.deliver(&phone.hospital.lease(&workspace, 1, 7)).unwrap(), Delivery::Done);
    phone.clock.wall_shift_ms.store(YEAR_2038 - START_MS, Ordering::SeqCst);
    curtain.tick().unwrap();
    let session = curtain.unlock(workspace.clone(), PASSCODE).unwrap();
    assert_eq!(session.patients().err(), Some(CurtainError::LeaseOver));
    // While the clock is wrong nothing newer helps: it changes nothing, and can be sent again.
    let next = phone.hospital.lease_of(&workspace, 2, START_MS + 3_600_000, 7);
    assert_eq!(curtain.deliver(&next).unwrap(), Delivery::Refused { reason: Refused::Expired });
    phone.clock.wall_shift_ms.store(3_600_000, Ordering::SeqCst);
    let session = curtain.unlock(workspace.clone(), PASSCODE).unwrap();
    assert_eq!(session.patients().err(), Some(CurtainError::LeaseOver), "a clock put back opens nothing");
    assert_eq!(curtain.deliver(&next).unwrap(), Delivery::Done);
    session.patients().unwrap();
    // And the mark counts again from here.
    phone.clock.wall_shift_ms.store(9 * i64::try_from(DAY_MS).unwrap(), Ordering::SeqCst);
    let session = curtain.unlock(workspace.clone(), PASSCODE).unwrap();
    assert_eq!(session.patients().err(), Some(CurtainError::LeaseOver));
    phone.clock.wall_shift_ms.store(3_600_000, Ordering::SeqCst);
    let session = curtain.unlock(workspace, PASSCODE).unwrap();
    assert_eq!(session.patients().err(), Some(CurtainError::LeaseOver));
}
