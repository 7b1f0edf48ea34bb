//! Our own line icons on a 20 by 20 grid.

use leptos::prelude::*;

/// What an icon stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Icon {
    Clients,
    Forms,
    Inbox,
    Shield,
    Activity,
    Settings,
    Gear,
    Plus,
    ChevronDown,
    ChevronLeft,
    ChevronRight,
    Close,
    Check,
    Columns,
    Filter,
    Search,
    Download,
    Edit,
    Trash,
    Up,
    Down,
    Menu,
    Copy,
    SignOut,
    Warning,
    External,
    Sidebar,
    Eye,
    Clock,
    Key,
    Badge,
    Lock,
    Building,
    HandOver,
    Ban,
    Restore,
    Jobs,
    Merge,
    Upload,
    Grip,
    Tag,
    Bookmark,
    Panel,
    Star,
}

impl Icon {
    const fn path(self) -> &'static str {
        match self {
            Self::Clients => {
                "M7.5 9.5a3 3 0 1 0 0-6 3 3 0 0 0 0 6ZM2 16.5c.4-3 2.6-4.6 5.5-4.6s5.100 1.600 5.500 4.600M13 3.800a2.800 2.800 0 0 1 0 5.400M15.300 12.300c1.600.7 2.500 2.200 2.700 4.200"
            }
            Self::Forms => {
                "M5 3h10a1 1 0 0 1 1 1v12a1 1 0 0 1-1 1H5a1 1 0 0 1-1-1V4a1 1 0 0 1 1-1ZM7 7h6M7 10h6M7 13h3"
            }
            Self::Inbox => "M3 11.500 5 4h10l2 7.500V16H3v-4.500ZM3 11.500h4l1 2h4l1-2h4",
            Self::Shield => {
                "M10 2.500 16 5v4.500c0 3.800-2.500 6.500-6 8-3.500-1.500-6-4.200-6-8V5l6-2.500ZM7.300 9.800l2 2 3.500-3.800"
            }
            Self::Activity => "M2.500 10.500h3.200L8 4.500l4 11 2.300-5h3.200",
            Self::Settings => "M3 6h7M14 6h3M3 14h3M10 14h7M12 4v4M8 12v4",
            Self::Gear => {
                "M10 12.800a2.800 2.800 0 1 0 0-5.600 2.800 2.800 0 0 0 0 5.600ZM10 2.500v2M10 15.500v2M2.500 10h2M15.500 10h2M4.700 4.700l1.400 1.400M13.900 13.900l1.400 1.400M4.700 15.300l1.400-1.400M13.900 6.100l1.400-1.400"
            }
            Self::Plus => "M10 4v12M4 10h12",
            Self::ChevronDown => "m5.500 8 4.500 4.500L14.500 8",
            Self::ChevronLeft => "m12 5-5 5 5 5",
            Self::ChevronRight => "m8 5 5 5-5 5",
            Self::Close => "m5 5 10 10M15 5 5 15",
            Self::Check => "m4.500 10.500 3.700 3.700 7.300-8",
            Self::Columns => "M4 4h12v12H4ZM8 4v12M12 4v12",
            Self::Filter => "M3 5h14M6 10h8M8.500 15h3",
            Self::Search => "M9 14.500a5.500 5.500 0 1 0 0-11 5.500 5.500 0 0 0 0 11ZM13 13l4 4",
            Self::Download => "M10 3.500v9M6.300 9 10 12.700 13.700 9M4 16.500h12",
            Self::Edit => "M4 16l.7-3.400L13.300 4l2.700 2.700-8.600 8.600L4 16ZM11.500 5.800l2.700 2.700",
            Self::Trash => "M4 6h12M8 6V4h4v2M5.500 6l.7 10.500h7.600L14.500 6M8.500 9v4.500M11.500 9v4.500",
            Self::Up => "M10 16V4M5 9l5-5 5 5",
            Self::Down => "M10 4v12M5 11l5 5 5-5",
            Self::Menu => "M3 5.500h14M3 10h14M3 14.500h14",
            Self::Copy => "M7 7h9v9H7ZM4 13V4h9",
            Self::SignOut => "M8 3.500H4v13h4M12.500 6.500 16 10l-3.500 3.500M16 10H8",
            Self::Warning => "M10 3 18 17H2L10 3ZM10 8.500v4M10 14.600v.2",
            Self::External => "M11.500 4H16v4.500M16 4l-6.500 6.500M14 11.500V16H4V6h4.500",
            Self::Sidebar => "M3 4h14v12H3ZM8 4v12",
            Self::Eye => {
                "M2 10c2-3.700 4.700-5.500 8-5.500s6 1.800 8 5.500c-2 3.700-4.700 5.500-8 5.500S4 13.700 2 10ZM10 12.300a2.300 2.300 0 1 0 0-4.600 2.300 2.300 0 0 0 0 4.600Z"
            }
            Self::Key => {
                "M7 15.500a3.500 3.500 0 1 0 0-7 3.500 3.500 0 0 0 0 7ZM9.500 9.500l6.500-6.500M13 6l2.500 2.500M11.300 7.700l1.500 1.500"
            }
            Self::Badge => {
                "M4 3.500h12v13H4ZM10 10a2 2 0 1 0 0-4 2 2 0 0 0 0 4ZM6.700 14c.3-1.500 1.600-2.200 3.300-2.200s3 .7 3.300 2.200"
            }
            Self::Lock => "M5 9h10v7.500H5ZM7 9V6.500a3 3 0 0 1 6 0V9M10 12v1.700",
            Self::Building => "M4 17V4h8v13M12 8h4v9M2.500 17h15M6.500 7h3M6.500 10h3M6.500 13h3",
            Self::HandOver => "M3 7h12M11.500 3.500 15 7l-3.500 3.500M17 13H5M8.500 9.500 5 13l3.500 3.500",
            Self::Ban => "M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14ZM5 5l10 10",
            Self::Restore => "M4 4v4h4M4.500 8A6.500 6.500 0 1 1 3.500 11.500",
            Self::Grip => "M8 5v.1M12 5v.1M8 10v.1M12 10v.1M8 15v.1M12 15v.1",
            Self::Tag => "M3.500 3.500h6l7 7-6 6-7-7ZM7 7v.1",
            Self::Bookmark => "M5.500 3.500h9v13L10 13.200 5.500 16.500Z",
            Self::Star => "m10 3 2.100 4.500 4.900.6-3.600 3.400.9 4.900L10 14l-4.300 2.400.9-4.900L3 8.100l4.900-.6Z",
            Self::Panel => "M3 4h14v12H3ZM12 4v12",
            Self::Jobs => "M4 5h12M4 10h12M4 15h7M13.500 15.200l1.500 1.500 3-3.500",
            Self::Merge => {
                "M4 4v2.500a4 4 0 0 0 4 4h8.500M4 16.500V14a3.500 3.500 0 0 1 3.500-3.500M13.200 7.200l3.300 3.300-3.300 3.300"
            }
            Self::Upload => "M10 13V4M6.300 7.500 10 3.800l3.700 3.700M4 13v3.500h12V13",
            Self::Clock => "M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14ZM10 6v4.200l2.800 1.800",
        }
    }
}

/// An icon; decoration only, so whatever carries it needs a name of its own.
#[component]
pub fn Svg(icon: Icon) -> impl IntoView {
    view! {
        <svg class="icon" viewBox="0 0 20 20" aria-hidden="true" focusable="false">
            <path d=icon.path() />
        </svg>
    }
}
